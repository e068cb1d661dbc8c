"""A stand-in for Athena: the deployed Glue tables and views over the sandbox's S3, answered by DuckDB.

What it is honest about: Trino's SQL is translated, not run, and bytes scanned are those of whole objects, where Athena
reads of a Parquet object only the columns it needs.
"""

from tests.sandbox.athena.answer import Answer, Column
from tests.sandbox.athena.engine import Engine
from tests.sandbox.athena.failures import QueryFailed

__all__ = ["Answer", "Column", "Engine", "QueryFailed"]

"""Trino on this machine: fetched once, unpacked once, started for a test session and ended with it.

    with Trino(install(), aws.endpoint_url) as trino:
        trino.query("SELECT 1").rows

`release` says which Trino, `archive` fetches it, `installation` unpacks it, `configuration` writes its settings,
`server` runs it, `client` asks it.
"""

from tests.athena.trino.client import Answer, QueryError
from tests.athena.trino.installation import install
from tests.athena.trino.server import Trino

__all__ = ["Answer", "QueryError", "Trino", "install"]

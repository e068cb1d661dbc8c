"""One query execution: what was asked, how far it is, and what came of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.sandbox.athena.answer import Answer
from tests.sandbox.athena.engine import Engine
from tests.sandbox.athena.failures import QueryFailed, QueryMalformed, ScanLimitReached

FINAL: Final = frozenset({"SUCCEEDED", "FAILED", "CANCELLED"})


@dataclass(slots=True)
class Execution:
    """A query on its way: QUEUED, then RUNNING when it is first asked about, then done when it is asked about again.

    So a test sees every state, and no clock or thread decides which.
    """

    id: str
    sql: str
    parameters: Sequence[str]
    database: str
    workgroup: str
    limit: int | None
    """Bytes that may be scanned."""
    state: str = "QUEUED"
    reason: str = ""
    answer: Answer | None = None
    scanned_bytes: int = 0
    submitted: float = field(default_factory=time.time)
    completed: float | None = None

    def advance(self, engine: Engine) -> None:
        """One state further."""
        if self.state == "QUEUED":
            self.state = "RUNNING"
        elif self.state == "RUNNING":
            self._run(engine)

    def stop(self) -> None:
        """Cancel it, if it is not over."""
        if self.state not in FINAL:
            self._end("CANCELLED", "Query cancelled by user")

    def _run(self, engine: Engine) -> None:
        try:
            self.answer = engine.run(self.sql, self.parameters, database=self.database, limit=self.limit)
        except ScanLimitReached as error:
            self.scanned_bytes = error.scanned_bytes
            self._end("CANCELLED", str(error))
        except (QueryFailed, QueryMalformed) as error:
            self._end("FAILED", str(error))
        else:
            self.scanned_bytes = self.answer.scanned_bytes
            self._end("SUCCEEDED", "")

    def _end(self, state: str, reason: str) -> None:
        self.state, self.reason, self.completed = state, reason, time.time()

    def described(self) -> dict[str, Any]:
        """As GetQueryExecution describes it.

        https://docs.aws.amazon.com/athena/latest/APIReference/API_QueryExecution.html
        """
        took = round(((self.completed or time.time()) - self.submitted) * 1000)
        status: dict[str, Any] = {"State": self.state, "SubmissionDateTime": self.submitted}
        if self.completed is not None:
            status["CompletionDateTime"] = self.completed
        if self.reason:
            status["StateChangeReason"] = self.reason
        description: dict[str, Any] = {
            "QueryExecutionId": self.id,
            "Query": self.sql,
            "StatementType": "DML",
            "QueryExecutionContext": {"Database": self.database, "Catalog": "awsdatacatalog"},
            "Status": status,
            "Statistics": {
                "DataScannedInBytes": self.scanned_bytes,
                "EngineExecutionTimeInMillis": took,
                "TotalExecutionTimeInMillis": took,
            },
            "WorkGroup": self.workgroup,
            "EngineVersion": {
                "SelectedEngineVersion": "Athena engine version 3",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
        }
        if self.parameters:
            description["ExecutionParameters"] = list(self.parameters)
        return description

    def results(self, start: int, count: int) -> tuple[dict[str, Any], int | None]:
        """A page of GetQueryResults, and where the next one starts; the names of the columns are its very first row.

        https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html
        """
        assert self.answer is not None
        columns = self.answer.columns
        texts: list[list[str | None]] = [[column.name for column in columns], *self.answer.texts()]
        end = start + count
        page = {
            "ResultSetMetadata": {
                "ColumnInfo": [{"Name": each.name, "Label": each.name, "Type": each.type} for each in columns]
            },
            "Rows": [{"Data": [_datum(text) for text in row]} for row in texts[start:end]],
        }
        return page, end if end < len(texts) else None


def _datum(text: str | None) -> dict[str, str]:
    return {} if text is None else {"VarCharValue": text}

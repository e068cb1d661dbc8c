"""Runs a query in Athena and waits for its end."""

import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws.errors import code_of
from commands.deployment import CommandFailed, asking, told

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_athena.type_defs import QueryExecutionTypeDef, StartQueryExecutionInputTypeDef

Pause = Callable[[float], None]

PERMISSIONS: Final = "docs/queries.md#permissions"
_FIRST_PAUSE_S: Final = 0.2
_LONGEST_PAUSE_S: Final = 2.0
_GROWTH: Final = 1.5
_NO_WORKGROUP: Final = re.compile(r"work ?group .*not found", re.IGNORECASE)
_SCAN_LIMIT: Final = re.compile(r"bytes scanned limit", re.IGNORECASE)
_DENIED: Final = re.compile(r"access ?denied|not authorized|insufficient permissions", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finished:
    """A query that succeeded."""

    id: str
    scanned_bytes: int
    seconds: float
    """From the submission to the end, queueing included."""
    names_first: bool
    """Whether the first row of the result names the columns, as it does for SELECT."""


@contextmanager
def asking_athena(what: str, workgroup: str, region: str) -> Iterator[None]:
    """Turn the failure of a call into CommandFailed that says what to do."""
    with asking(what):
        try:
            yield
        except ClientError as error:
            words = error.response["Error"].get("Message", "")
            if code_of(error) == "InvalidRequestException" and _NO_WORKGROUP.search(words):
                raise CommandFailed(
                    f"There is no workgroup {workgroup} in {region}, in the account of your credentials: run "
                    "`make deploy`, or choose another with AWS_REGION, AWS_PROFILE or --workgroup."
                ) from error
            if code_of(error) == "InvalidRequestException":
                raise CommandFailed(f"Athena refuses the query: {words}") from error
            if "AccessDenied" in code_of(error):
                raise CommandFailed(f"{told(error)}\nWhat a reader needs is listed in {PERMISSIONS}.") from error
            raise


class Runner:
    """Runs queries in one workgroup."""

    def __init__(self, athena: "AthenaClient", workgroup: str, *, pause: Pause = time.sleep) -> None:
        self._athena = athena
        self._workgroup = workgroup
        self._pause = pause
        self._region = athena.meta.region_name

    def run(self, sql: str, parameters: Sequence[str], database: str) -> Finished:
        """Start a query and wait until it has succeeded; Ctrl-C stops it in Athena, too.

        Raises CommandFailed when it is refused, fails or is cancelled.
        """
        with asking_athena("whether it takes the query", self._workgroup, self._region):
            asked: StartQueryExecutionInputTypeDef = {
                "QueryString": sql,
                "QueryExecutionContext": {"Database": database},
                "WorkGroup": self._workgroup,
            }
            if parameters:  # none is not the same as an empty list: botocore refuses that
                asked["ExecutionParameters"] = parameters
            identifier = self._athena.start_query_execution(**asked)["QueryExecutionId"]
        try:
            return self._awaited(identifier)
        except KeyboardInterrupt:
            self._stop(identifier)
            raise

    def _awaited(self, identifier: str) -> Finished:
        pause = _FIRST_PAUSE_S
        while True:
            with asking_athena(f"how far query {identifier} is", self._workgroup, self._region):
                execution = self._athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
            state = execution["Status"]["State"]
            if state == "SUCCEEDED":
                return _finished(identifier, execution)
            if state in ("FAILED", "CANCELLED"):
                raise CommandFailed(self._why(identifier, execution))
            self._pause(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE_S)

    def _why(self, identifier: str, execution: "QueryExecutionTypeDef") -> str:
        """What became of a query without a result, and what to do."""
        status = execution["Status"]
        reason = status.get("StateChangeReason") or "no reason was given"
        if _SCAN_LIMIT.search(reason):
            return (
                f"The query would read more than the workgroup {self._workgroup} allows ({reason}). Ask for fewer days "
                "(--from, --to; in your own SQL: filter on dt), or raise query_scan_limit_gb in cdk.json."
            )
        what = "failed" if status["State"] == "FAILED" else "was cancelled"
        hint = f"\nWhat a reader needs is listed in {PERMISSIONS}." if _DENIED.search(reason) else ""
        return f"Query {identifier} {what}: {reason}{hint}"

    def _stop(self, identifier: str) -> None:
        try:
            self._athena.stop_query_execution(QueryExecutionId=identifier)
            print(f"Query {identifier} was stopped.", file=sys.stderr)
        except (ClientError, BotoCoreError) as error:
            raise CommandFailed(
                f"Interrupted, and query {identifier} may go on: AWS did not stop it ({told(error)}). "
                f"Stop it with: aws athena stop-query-execution --query-execution-id {identifier}"
            ) from error


def _finished(identifier: str, execution: "QueryExecutionTypeDef") -> Finished:
    statistics = execution.get("Statistics", {})
    return Finished(
        id=identifier,
        scanned_bytes=statistics.get("DataScannedInBytes", 0),
        seconds=statistics.get("TotalExecutionTimeInMillis", 0) / 1000,
        names_first=execution.get("StatementType") == "DML",
    )

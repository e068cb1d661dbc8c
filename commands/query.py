"""`make query`: runs a query in Athena and shows the answer with its cost. Without one it lists the named queries."""

import argparse
import csv
import difflib
import itertools
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

from botocore.exceptions import BotoCoreError, ClientError
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from aws import code_of
from commands._aws import READING, CommandFailed, aws_errors_as_command_failed, describe_aws_error, session
from commands._terminal import WIDE, console, escape_control_chars, print_safe, while_it_is_read
from contract.lake import DATABASE, WORKGROUP
from infra import prices

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_athena.type_defs import QueryExecutionTypeDef, RowTypeDef, StartQueryExecutionInputTypeDef


_COLUMN: Final = re.compile(r"  (?P<name>\w+)(?: \((?P<unit>[^)]+)\))?: (?P<meaning>.+)")
_PARAMETERS: Final = "Parameters: "
_DEFAULT: Final = "Default: "
_COLUMNS: Final = "Columns:"


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a column of the answer means."""

    name: str
    unit: str
    """Empty for ids, names and the like."""
    meaning: str


@dataclass(frozen=True, slots=True)
class Header:
    """The opening comment of a query."""

    question: str
    """What the query answers, as a sentence; empty for a query without an opening comment."""
    parameters: str
    default: str
    """Which days are meant when none are given: `the last 7 days`, `this month`."""
    notes: str
    columns: tuple[ColumnNote, ...]

    @classmethod
    def read(cls, sql: str) -> Self:
        """The header of a query. Anybody's query is read: what it does not have is empty."""
        lines = []
        for line in sql.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line.removeprefix("--").removeprefix(" "))
        question, *rest = lines or [""]
        above, below = (rest[: rest.index(_COLUMNS)], rest[rest.index(_COLUMNS) :]) if _COLUMNS in rest else (rest, [])
        found = [_COLUMN.fullmatch(line) for line in below]
        return cls(
            question=question,
            parameters=_after(_PARAMETERS, above),
            default=_after(_DEFAULT, above).removesuffix("."),
            notes="\n".join(line for line in above if not line.startswith((_PARAMETERS, _DEFAULT))),
            columns=tuple(ColumnNote(each["name"], each["unit"] or "", each["meaning"]) for each in found if each),
        )


def _after(mark: str, lines: list[str]) -> str:
    return next((line.removeprefix(mark) for line in lines if line.startswith(mark)), "")


_BATCH: Final = 50
"""BatchGetNamedQuery takes as many ids: https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetNamedQuery.html."""


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query with a name."""

    name: str
    database: str
    sql: str
    description: str

    @property
    def header(self) -> Header:
        """What it says about itself."""
        return Header.read(self.sql)

    @property
    def question(self) -> str:
        """What it answers."""
        return self.header.question or self.description


def named_queries(athena: "AthenaClient", workgroup: str) -> list[NamedQuery]:
    """The workgroup's named queries, by name."""
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup)
    ids = [identifier for page in pages for identifier in page["NamedQueryIds"]]
    found = []
    for start in range(0, len(ids), _BATCH):
        answer = athena.batch_get_named_query(NamedQueryIds=ids[start : start + _BATCH])
        found += [
            NamedQuery(each["Name"], each["Database"], each["QueryString"], each.get("Description", ""))
            for each in answer["NamedQueries"]
        ]
    return sorted(found, key=lambda query: query.name)


def chosen(queries: Iterable[NamedQuery], name: str, workgroup: str) -> NamedQuery:
    """The query of this name. Raises CommandFailed, naming what comes near, when there is none."""
    known = {query.name: query for query in queries}
    if name in known:
        return known[name]
    if not known:
        raise CommandFailed(
            f"The workgroup {workgroup} has no named queries: run `make deploy`, or choose --workgroup."
        )
    near = [each for each in known if name.lower() in each] or difflib.get_close_matches(name, known, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}."
    raise CommandFailed(f"There is no query {name}: {hint}")


_WEEK: Final = timedelta(days=6)
_THIS_MONTH: Final = "this month"


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last, both included, UTC."""

    first: date
    last: date

    @property
    def parameters(self) -> list[str]:
        """As Athena wants them: "to be treated as strings, they must be enclosed in single quotes".

        https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
        """
        return [f"'{self.first}'", f"'{self.last}'"]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}" if self.first < self.last else str(self.first)


def days_of(first: date | None, last: date | None, default: str, today: date) -> Days:
    """The days that were asked for; what was left out, `default` of the query's header tells.

    Raises ValueError when the first day lies in the future, or after the last.
    """
    end = last or today
    begin = first or (end.replace(day=1) if default == _THIS_MONTH else end - _WEEK)
    if begin > today:
        raise ValueError(f"the first day, {begin}, lies in the future: today is {today}, UTC")
    if begin > end:
        raise ValueError(f"the first day, {begin}, comes after the last, {end}")
    return Days(begin, end)


def day_of(text: str) -> date:
    """An argument of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-11-23") from None


DOLLARS_PER_TERABYTE: Final = prices.ATHENA_TB.dollars(1)
LEAST_BYTES: Final = prices.ATHENA_LEAST_BYTES
"""A query is charged for at least 10 MB."""


def dollars(scanned_bytes: int) -> float:
    """What Athena charges for a query that read so much. S3's requests are not in it."""
    return max(scanned_bytes, LEAST_BYTES) / prices.BYTES_PER_TB * DOLLARS_PER_TERABYTE


def readable(scanned_bytes: int) -> str:
    """`3.4 MB`, in decimal units."""
    size = float(scanned_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


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
    with aws_errors_as_command_failed(what):
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
                raise CommandFailed(
                    f"{describe_aws_error(error)}\nWhat a reader needs is listed in {PERMISSIONS}."
                ) from error
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
                f"Interrupted, and query {identifier} may go on: AWS did not stop it ({describe_aws_error(error)}). "
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


Row = tuple[str | None, ...]
"""Values as Athena writes them; None for null."""

_INTEGERS: Final = frozenset({"tinyint", "smallint", "integer", "bigint"})
_FRACTIONS: Final = frozenset({"float", "real", "double", "decimal"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the result."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.type in _INTEGERS | _FRACTIONS

    def value(self, text: str | None) -> str | int | float | bool | None:
        """A value in JSON's types. A decimal becomes a float, and what has no such type stays text."""
        if text is None:
            return None
        if self.type in _INTEGERS:
            return int(text)
        if self.type in _FRACTIONS and text not in ("NaN", "Infinity", "-Infinity"):
            return float(text)
        return text == "true" if self.type == "boolean" else text


@dataclass(frozen=True, slots=True)
class Result:
    """The columns, and the rows as they come: the next page is fetched when it is needed."""

    columns: tuple[Column, ...]
    rows: Iterator[Row]


def result_of(athena: "AthenaClient", query: Finished) -> Result:
    """What the query found."""
    pages = iter(athena.get_paginator("get_query_results").paginate(QueryExecutionId=query.id))
    first = next(pages)["ResultSet"]
    columns = tuple(Column(each["Name"], each["Type"]) for each in first["ResultSetMetadata"]["ColumnInfo"])

    def rows() -> Iterator[Row]:
        yield from map(_row, first["Rows"])
        for page in pages:
            yield from map(_row, page["ResultSet"]["Rows"])

    found = rows()
    if query.names_first:
        next(found, None)
    return Result(columns, found)


def _row(row: "RowTypeDef") -> Row:
    return tuple(each.get("VarCharValue") for each in row["Data"])


MOST_ROWS: Final = 1000
"""Of a table: nobody reads more."""
_NULL: Final = "null"
_FORMULA: Final = ("=", "+", "-", "@")
"""What a spreadsheet takes for one: https://owasp.org/www-community/attacks/CSV_Injection"""


def as_table(result: Result, finished: Finished) -> None:
    """Print the first thousand rows, and what the query took. Where a table is too wide, each row is a paragraph."""
    rows = list(itertools.islice(result.rows, MOST_ROWS + 1))
    screen, shown = console(), rows[:MOST_ROWS]
    table = _table(result.columns, shown)
    needed = Measurement.get(screen, screen.options.update(width=WIDE), table).maximum
    if needed <= screen.width:
        screen.print(table)
    else:
        for number, row in enumerate(shown, start=1):
            screen.print(_paragraph(number, result.columns, row))
    count = f"The first {MOST_ROWS:,} rows; --csv prints all" if len(rows) > MOST_ROWS else _rows(len(rows))
    screen.print(f"{count}. {describe_cost(finished)}", soft_wrap=True)


def as_list(queries: Iterable[NamedQuery]) -> None:
    """Print which queries there are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("what it answers")
    for query in queries:
        table.add_row(Text(escape_control_chars(query.name)), Text(escape_control_chars(query.question)))
    console().print(table)


def as_csv(result: Result, finished: Finished) -> None:
    """Write all rows as CSV, a null as nothing; what the query took goes to standard error.

    For people and their spreadsheets: control characters are spelled out, and no text is a formula. JSON is exact.
    """
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([escape_control_chars(column.name) for column in result.columns])
    count = 0
    for row in result.rows:
        writer.writerow(_csv_cell(column, text) for column, text in zip(result.columns, row, strict=True))
        count += 1
    print(f"{_rows(count)}. {describe_cost(finished)}", file=sys.stderr)


def as_json(result: Result, finished: Finished) -> None:
    """Write all rows as a JSON list, one row a line; what the query took goes to standard error."""
    count = 0
    for row in result.rows:
        values = {column.name: column.value(text) for column, text in zip(result.columns, row, strict=True)}
        print(",\n" if count else "[\n", json.dumps(values), sep="", end="")
        count += 1
    print("\n]" if count else "[]")
    print(f"{_rows(count)}. {describe_cost(finished)}", file=sys.stderr)


def describe_cost(finished: Finished) -> str:
    """What the query took: `3.4 MB scanned in 1.2 s, for $0.00005 (us-east-1: $5 a TB, at least 10 MB)`."""
    cost = f"{dollars(finished.scanned_bytes):.5f}"
    rate = f"us-east-1: ${DOLLARS_PER_TERABYTE:g} a TB, at least {LEAST_BYTES // 1_000_000} MB"
    return f"{readable(finished.scanned_bytes)} scanned in {finished.seconds:.1f} s, for ${cost} ({rate})."


def _rows(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(
            Text(escape_control_chars(column.name)),
            justify="right" if column.is_number else "left",
            overflow="fold",
            no_wrap=True,
        )
    for row in rows:
        table.add_row(*(_cell(text) for text in row))
    return table


def _paragraph(number: int, columns: Sequence[Column], row: Row) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, title=f"row {number}", title_justify="left")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for column, text in zip(columns, row, strict=True):
        table.add_row(Text(escape_control_chars(column.name)), _cell(text))
    return table


def _cell(text: str | None) -> Text:
    return Text(_NULL, style="dim") if text is None else Text(escape_control_chars(text))


def _csv_cell(column: Column, text: str | None) -> str | None:
    if text is None or column.is_number:
        return text
    shown = escape_control_chars(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


_INTERRUPTED: Final = 130
_USAGE: Final = (
    "make query NAME=… [FROM=2026-11-01] [TO=2026-11-30], or make query SQL='SELECT …': see docs/queries.md."
)


def main(
    arguments: Sequence[str] | None = None,
    *,
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    pause: Pause = time.sleep,
) -> int:
    """Ask, and return the exit status: 0 when there is an answer, 1 when there is none, 130 after Ctrl-C."""
    options = _options(arguments)
    try:
        with aws_errors_as_command_failed("which region and credentials to use"):
            athena = session().client("athena", config=READING)
        with while_it_is_read():
            if options.name or options.sql:
                _query(athena, options, today(), pause)
            else:
                _list(athena, options.workgroup)
    except CommandFailed as failed:
        print_safe(failed, sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return _INTERRUPTED
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m commands.query", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--name", metavar="NAME", help="a query that was deployed")
    what.add_argument("--sql", metavar="SQL", help="your own; - reads it from standard input")
    parser.add_argument("--from", dest="first", type=day_of, metavar="DAY", help="the first day, UTC: 2026-11-01")
    parser.add_argument("--to", dest="last", type=day_of, metavar="DAY", help="the last day, included; today")
    parser.add_argument("--workgroup", default=WORKGROUP, help=f"default: {WORKGROUP}")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--csv", dest="show", action="store_const", const=as_csv, help="print all rows as CSV")
    how.add_argument("--json", dest="show", action="store_const", const=as_json, help="print all rows as JSON")
    parser.set_defaults(show=as_table)
    return parser.parse_args(arguments)


def _query(athena: "AthenaClient", options: argparse.Namespace, today: date, pause: Pause) -> None:
    region, workgroup = athena.meta.region_name, options.workgroup
    if options.name:
        with asking_athena("which queries there are", workgroup, region):
            query = chosen(named_queries(athena, workgroup), options.name, workgroup)
        sql, database, default = query.sql, query.database, query.header.default
    else:
        sql = sys.stdin.read() if options.sql == "-" else options.sql
        database, default = DATABASE, ""
    try:
        days = days_of(options.first, options.last, default, today)
    except ValueError as error:
        raise CommandFailed(f"--from and --to: {error}.") from error
    if options.name:
        print_safe(f"{query.question} {days}, UTC.", sys.stderr)
    with_days = options.name or options.first or options.last
    finished = Runner(athena, workgroup, pause=pause).run(sql, days.parameters if with_days else (), database)
    with asking_athena("what the query found", workgroup, region):
        options.show(result_of(athena, finished), finished)


def _list(athena: "AthenaClient", workgroup: str) -> None:
    with asking_athena("which queries there are", workgroup, athena.meta.region_name):
        queries = named_queries(athena, workgroup)
    as_list(queries)
    print(f"\n{_USAGE}")


if __name__ == "__main__":
    sys.exit(main())

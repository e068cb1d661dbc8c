"""`make query`: asks the lake. Without a query it lists those that were deployed."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final

from commands.deployment import READING, CommandFailed, asking, session
from commands.query.days import day_of, days_of
from commands.query.execution import Pause, Runner, asking_athena
from commands.query.named import chosen, named_queries
from commands.query.output import as_csv, as_json, as_list, as_table
from commands.query.result import result_of
from commands.saying import say
from commands.terminal import while_it_is_read
from contract.lake import DATABASE, WORKGROUP

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient

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
        with asking("which region and credentials to use"):
            athena = session().client("athena", config=READING)
        with while_it_is_read():
            if options.name or options.sql:
                _query(athena, options, today(), pause)
            else:
                _list(athena, options.workgroup)
    except CommandFailed as failed:
        say(failed, sys.stderr)
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
        say(f"{query.question} {days}, UTC.", sys.stderr)
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

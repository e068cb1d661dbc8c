"""`make restore`: puts minutes that S3 would not take where they belong, from the log."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from collector.saving.raw_store import RawStore
from commands.deployment import READING, STACK, WRITING, CommandFailed, Deployment, asking, session
from commands.minutes import Span, floored, minute_of, runs_of, shown
from commands.restore.days import Days, is_closed
from commands.restore.log import messages_of_file, messages_of_log_group
from commands.restore.rescue import Rescue
from commands.restore.restoring import Restoring, State, Step
from commands.restore.unsaved import Part
from commands.saved import SavedMinutes
from commands.saying import say

DEFAULT: Final = timedelta(hours=24)
FOUND_BY_ITSELF: Final = timedelta(days=7)
"""So many closed days the hourly compaction compares with what is there."""

_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
    """Restore, and return the exit status.

    0 when every minute that the log has rows of is in S3; 1 when one is not, or when there is nothing of the span or
    of a source: neither rows nor an object; 130 after Ctrl-C.
    """
    options = _options(arguments)
    try:
        return _restore(options, clock())
    except CommandFailed as failed:
        say(failed, sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: what was done stands; run it again for the rest.", file=sys.stderr)
        return _INTERRUPTED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m commands.restore", description=__doc__)
    parser.add_argument("--from", dest="first", type=minute_of, metavar="MINUTE", help="default: 24 hours ago")
    parser.add_argument("--to", dest="last", type=minute_of, metavar="MINUTE", help="this one included; default: now")
    parser.add_argument("--minute", type=minute_of, metavar="MINUTE", help="this one only: 2026-11-23T10:00, UTC")
    parser.add_argument("--source", action="append", metavar="NAME", help="only this one; may be given several times")
    parser.add_argument("--file", type=Path, help="log lines that were exported, in place of the log group")
    parser.add_argument("--stack", default=STACK, help=f"default: {STACK}")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    options = parser.parse_args(arguments)
    if options.minute:
        if options.first or options.last:
            parser.error("--minute goes without --from and --to")
        options.first = options.last = options.minute
    if options.first and options.last and options.first > options.last:
        parser.error("--from is after --to")
    return options


def _span(options: argparse.Namespace, now: datetime) -> Span:
    if options.first and options.first > now:
        raise CommandFailed(f"{shown(options.first)} lies in the future: it is {shown(now)}, UTC.")
    last = options.last or floored(now)
    earliest = datetime(1970, 1, 1, tzinfo=UTC) if options.file else last - DEFAULT
    return Span(options.first or earliest, last)


def _restore(options: argparse.Namespace, now: datetime) -> int:
    span = _span(options, now)
    with asking("where the stack is"):
        aws = session()
        deployment = Deployment.find(aws.client("cloudformation", config=READING), options.stack)
        s3, functions = aws.client("s3", config=READING), aws.client("lambda", config=WRITING)
        raw = RawStore(aws.client("s3", config=WRITING), deployment.output("BucketName"))
        logs = aws.client("logs", config=READING)
    days = Days(s3, deployment.output("BucketName"), functions, deployment.output("CompactorName"))
    if options.file:
        messages = messages_of_file(options.file)
    else:
        print(f"Reading the log for {span} ...", flush=True)
        messages = messages_of_log_group(logs, deployment.output("LogGroupName"), span)
    rescue, unreadable = _read(messages)
    restoring = Restoring(raw, days, rescue)

    def wanted(minute: datetime, source: str) -> bool:
        return minute in span and source in (options.source or (source,))

    steps = restoring.plan(wanted)
    _print_plan(steps, unreadable)
    nothing = _nothing(options, span, SavedMinutes(s3, deployment.output("BucketName")), rescue, steps)
    if nothing:
        say(nothing, sys.stderr)
    lacking = bool(nothing or unreadable)
    if options.dry_run:
        return max(_status(steps), lacking)
    done = [_told(restoring.write(step)) if step.state is State.READY else step for step in steps]
    started = _compact_again(days, {step.minute.date() for step in done if step.state is not State.FAILED}, now)
    _print_summary(done)
    return max(_status(done), lacking, not started)


def _read(messages: Iterable[str]) -> tuple[Rescue, list[str]]:
    rescue, unreadable = Rescue(), []
    for message in messages:
        try:
            part = Part.of(message)
        except ValueError as error:
            unreadable.append(str(error))
        else:
            if part is not None:
                rescue.add(part)
    return rescue, unreadable


def _print_plan(steps: Sequence[Step], unreadable: Sequence[str]) -> None:
    for step in steps:
        say(step)
    if unreadable:
        say(f"{len(unreadable)} log lines with a row cannot be read, the first: {unreadable[0]}", sys.stderr)


def _told(step: Step) -> Step:
    say(step)
    return step


def _nothing(
    options: argparse.Namespace, span: Span, saved: SavedMinutes, rescue: Rescue, steps: Sequence[Step]
) -> str:
    """What is said when neither the log nor S3 has anything of the span, or of a source that was named; else empty.

    Raises CommandFailed for a source that nobody knows.
    """
    missing = set(options.source or ()) - {step.source for step in steps}
    if steps and not missing:
        return ""
    # An exported file is about the rows in it, and its span begins in 1970.
    there = [] if options.file else saved.within(span, missing)
    missing -= {each.source for each in there}
    if missing:
        known = rescue.sources | saved.sources()
        if unknown := missing - known:
            raise CommandFailed(
                f"The log and S3 know no source {min(unknown)}: they have {', '.join(sorted(known)) or 'none'}."
            )
    elif there:
        if not steps:
            print(f"The log has no rows of these minutes, S3 has {len(there):,} of them: there is nothing to restore.")
        return ""
    of = f" of source {' or '.join(sorted(missing))}" if missing else ""
    if options.file:
        return f"{options.file} has no rows{of} of these minutes."
    return (
        f"The log has no rows and S3 has no minute{of}, {span}: the collector did not run then, or the log has "
        "forgotten it (log_retention_days)."
    )


def _status(steps: Sequence[Step]) -> int:
    """1 when a minute cannot be had."""
    return int(any(step.state is State.FAILED for step in steps))


def _compact_again(days: Days, touched: set[date], now: datetime) -> bool:
    """Start the compaction of closed days whose history lacks what is there now; true when all could be started."""
    started = True
    for day in sorted(day for day in touched if is_closed(day, now)):
        try:
            seen = days.look(day)
            if not seen.compacted:
                print(f"{day} is closed and not compacted yet: the hourly compaction will take it.")
            elif seen.stale:
                days.compact_again(day)
                print(f"{day} is compacted again, with what was restored: it takes some minutes.")
        except CommandFailed as failed:
            within = now - datetime(day.year, day.month, day.day, tzinfo=UTC) <= FOUND_BY_ITSELF
            then = "The hourly compaction will find it by itself" if within else f'Invoke it with {{"day": "{day}"}}'
            say(f"{failed}. {then}.", sys.stderr)
            started = False
    return started


def _print_summary(steps: Sequence[Step]) -> None:
    if not steps:
        return
    counts = Counter(step.state for step in steps)
    print(", ".join(f"{counts[state]} {state}" for state in State if counts[state]) + ".")
    spans = list(runs_of(step.minute for step in steps if step.state in (State.WRITTEN, State.THERE)))
    if spans:
        print(f"Then fill CloudWatch: make replay ARGS='{Span(spans[0].first, spans[-1].last).options}'")


if __name__ == "__main__":
    sys.exit(main())

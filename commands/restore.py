"""`make restore`: makes the raw objects that S3 did not take, from the rows that the collector logged instead.

It reads the log, joins the rows of a run, and writes each object that is whole (`IfNoneMatch`).
"""

import argparse
import gzip
import json
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from botocore.exceptions import ClientError

from aws import status_of
from collector.errors import NotSaved
from collector.event import LATE
from collector.rows import poll_of_line
from collector.store import RawStore, Saved, body_of_lines
from commands._aws import READING, STACK, WRITING, CommandFailed, Deployment, aws_errors_as_command_failed, session
from commands._minutes import MINUTE, Span, floored, minute_of, runs_of, shown
from commands._saved import SavedMinutes
from commands._terminal import print_safe
from contract.lake import DAY_FORMAT, HISTORIES, HistoryMetadata
from contract.raw import day_prefix, raw_object_of

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client


CLOSED_AFTER: Final = timedelta(days=1, minutes=15)
"""From a day's beginning, until its last minute has surely been handled."""


@dataclass(frozen=True, slots=True)
class Day:
    """How a day stands."""

    day: date
    raw_objects: int
    """Which are there now, other things in the folder aside, as the compactor counts them."""
    compacted: tuple[int, ...]
    """Of how many raw objects each of its history objects was made."""

    @property
    def ended(self) -> bool:
        """Its raw objects are gone: history made of what is left, and of a minute more, would lose the day."""
        return any(made_of > self.raw_objects for made_of in self.compacted)

    @property
    def stale(self) -> bool:
        """Its history lacks objects that are there."""
        return any(made_of < self.raw_objects for made_of in self.compacted)


class Days:
    """Looks at days, and has them compacted again."""

    def __init__(self, s3: "S3Client", bucket: str, functions: "LambdaClient", compactor: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._functions = functions
        self._compactor = compactor

    def look(self, day: date) -> Day:
        """See how a day stands. Raises CommandFailed when S3 does not say."""
        with aws_errors_as_command_failed(f"what s3://{self._bucket} holds of {day}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=day_prefix(day))
            raw_objects = sum(bool(raw_object_of(entry["Key"])) for page in pages for entry in page.get("Contents", []))
            made_of = (self._made_of(history.key(day)) for history in HISTORIES)
            return Day(day, raw_objects, tuple(count for count in made_of if count is not None))

    def _made_of(self, key: str) -> int | None:
        try:
            metadata = self._s3.head_object(Bucket=self._bucket, Key=key)["Metadata"]
        except ClientError as error:
            if status_of(error) == HTTPStatus.NOT_FOUND:
                return None
            raise
        count = metadata.get(HistoryMetadata.RAW_OBJECTS, "")
        return int(count) if count.isdecimal() else 0

    def compact_again(self, day: date) -> None:
        """Start the compaction of a day, and do not wait for it. Raises CommandFailed when it could not be started.

        It may take minutes, longer than a connection is sure to last, and what it does is seen in its log and in
        `UncompactedDays`: so Lambda gets the event in its queue, and failures in the failure queue.
        """
        with aws_errors_as_command_failed(f"whether the compaction of {day} was started"):
            self._functions.invoke(
                FunctionName=self._compactor,
                InvocationType="Event",
                Payload=json.dumps({"day": f"{day:{DAY_FORMAT}}"}).encode(),
            )


def is_closed(day: date, now: datetime) -> bool:
    """Whether no minute of this day is still to come."""
    return now >= datetime(day.year, day.month, day.day, tzinfo=UTC) + CLOSED_AFTER


MARK: Final = "unsaved"
"""The field that such a line has."""


@dataclass(frozen=True, slots=True)
class Part:
    """A row's text, or a part of it."""

    key: str
    run: str
    line: int
    lines: int
    part: int
    parts: int
    text: str

    @classmethod
    def of(cls, message: str) -> Self | None:
        """Read a log line; None when it holds no row. Raises ValueError when it does, and cannot be understood."""
        start = message.find("{")
        if start < 0 or f'"{MARK}"' not in message:
            return None
        try:
            logged = json.loads(message[start:])
            fields = logged.get(MARK) if isinstance(logged, dict) else None
            return None if fields is None else cls._of_fields(fields)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{type(error).__name__}: {error}, in a log line that begins {message[:80]!r}") from error

    @classmethod
    def _of_fields(cls, fields: dict[str, Any]) -> Self:
        part = cls(
            key=fields["key"],
            run=fields["run"],
            line=fields["line"],
            lines=fields["lines"],
            part=fields["part"],
            parts=fields["parts"],
            text=fields["text"],
        )
        if not all(isinstance(text, str) for text in (part.key, part.run, part.text)) or not part.run:
            raise ValueError("key, run and text must be texts")
        if not 0 <= part.line < part.lines or not 0 <= part.part < part.parts:
            raise ValueError(f"line {part.line} of {part.lines}, part {part.part} of {part.parts}")
        minute_and_source(part.key)
        return part


def minute_and_source(key: str) -> tuple[datetime, str]:
    """Of which minute (UTC) and source a raw object is. Raises ValueError for another key."""
    found = raw_object_of(key)
    if found is None:
        raise ValueError(f"{key} is not the key of a raw object")
    return found


PATTERN: Final = f'"{MARK}"'
"""A term, not a JSON pattern: it finds a line of any length.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

LOGGED_WITHIN: Final = LATE + timedelta(minutes=5)
"""After its minute a row is logged by an event that is at most so late, in a run of less than a minute."""

_GZIP: Final = b"\x1f\x8b"


def messages_of_log_group(logs: "CloudWatchLogsClient", group: str, span: Span) -> Iterator[str]:
    """Every line of the log that may hold a row of these minutes, oldest first. Raises CommandFailed."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group,
        startTime=_milliseconds(span.first),
        endTime=_milliseconds(span.last + MINUTE + LOGGED_WITHIN),
        filterPattern=PATTERN,
    )
    with aws_errors_as_command_failed(f"what the log group {group} holds"):
        for page in pages:
            yield from (event["message"] for event in page["events"])


def messages_of_file(path: Path) -> Iterator[str]:
    """The log lines in a file, in its order. Raises CommandFailed when it cannot be read.

    Takes what `aws logs filter-log-events` prints (with or without `--query 'events[].message'`), what an export to S3
    writes (gzipped or not), and bare lines. A time before the line's JSON is passed over.
    """
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content.startswith(_GZIP) else content).decode()
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise CommandFailed(f"{path} cannot be read as log lines: {type(error).__name__}: {error}") from error
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    events = document.get("events") if isinstance(document, dict) else document
    yield from map(_message, events) if isinstance(events, list) else text.split("\n")


def _message(event: Any) -> str:
    return str(event.get("message", "") if isinstance(event, dict) else event)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Rescued:
    """An object that can be written."""

    key: str
    run: str
    lines: int
    body: bytes


@dataclass(slots=True)
class _Run:
    """What has been read of one run's rows: line -> part -> text."""

    lines: int
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    parts: dict[int, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """How many lines are there in all their parts."""
        return sum(len(self.texts[line]) == parts for line, parts in self.parts.items())

    def add(self, part: Part) -> None:
        texts = self.texts.setdefault(part.line, {})
        agrees = self.lines == part.lines and self.parts.setdefault(part.line, part.parts) == part.parts
        if not agrees or texts.setdefault(part.part, part.text) != part.text:
            raise ValueError("the log holds it twice, and not alike")

    def joined(self) -> list[str]:
        rows = (self.texts[line] for line in range(self.lines))
        return ["".join(texts[part] for part in range(len(texts))) for texts in rows]


@dataclass(slots=True)
class RowReassembler:
    """Takes parts in the order of the log. Of a minute that several runs could not save, the first whole one stands."""

    rescued: dict[str, Rescued] = field(default_factory=dict)
    _open: dict[str, dict[str, _Run]] = field(default_factory=dict)
    _broken: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Take a part. As soon as a run is whole it is packed: a day's rows would else not fit into memory."""
        if part.key in self.rescued or part.run in self._broken.get(part.key, {}):
            return
        runs = self._open.setdefault(part.key, {})
        run = runs.setdefault(part.run, _Run(part.lines))
        try:
            run.add(part)
            if run.whole < run.lines:
                return
            self.rescued[part.key] = _packed(part.key, part.run, run.joined())
            del self._open[part.key]
        except ValueError as error:
            self._broken.setdefault(part.key, {})[part.run] = str(error)
            del runs[part.run]

    @property
    def sources(self) -> set[str]:
        """The sources of all rows that were read."""
        return {minute_and_source(key)[1] for key in (*self.rescued, *self._open, *self._broken)}

    @property
    def lost(self) -> dict[str, str]:
        """Why each of the other keys cannot be made from what was read."""
        keys = (set(self._open) | set(self._broken)) - set(self.rescued)
        return {key: self._why(key) for key in sorted(keys)}

    def _why(self, key: str) -> str:
        runs = [
            f"run {name} has {run.whole} of {run.lines} lines whole" for name, run in self._open.get(key, {}).items()
        ]
        return "; ".join([*runs, *(f"run {name}: {why}" for name, why in self._broken.get(key, {}).items())])


def _packed(key: str, run: str, lines: list[str]) -> Rescued:
    """Check that these lines are this object's. Raises ValueError."""
    for number, line in enumerate(lines):
        poll = poll_of_line(line)
        if (poll.minute, poll.source) != minute_and_source(key):
            raise ValueError(f"line {number} is a row of {poll.minute:%Y-%m-%dT%H:%M}, source {poll.source}")
    return Rescued(key, run, len(lines), body_of_lines(lines))


PATIENCE_S: Final = 10.0
"""For one object."""


class State(StrEnum):
    """How it stands with a minute."""

    THERE = "there already"
    READY = "to be written"
    WRITTEN = "written"
    FAILED = "NOT RESTORED"


@dataclass(frozen=True, slots=True)
class Step:
    """One minute of one source."""

    key: str
    state: State
    remark: str

    @property
    def minute(self) -> datetime:
        """The minute, UTC."""
        return minute_and_source(self.key)[0]

    @property
    def source(self) -> str:
        """The source."""
        return minute_and_source(self.key)[1]

    def __str__(self) -> str:
        """`2026-11-23T10:00 main: to be written, 3 rows of run …`."""
        minute, source = minute_and_source(self.key)
        return f"{shown(minute)} {source}: {self.state}{', ' * bool(self.remark)}{self.remark}"


class Restoring:
    """Writes the objects that are not there."""

    def __init__(
        self, raw: RawStore, days: Days, rescue: RowReassembler, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._raw = raw
        self._days = days
        self._rescue = rescue
        self._monotonic = monotonic

    def plan(self, wanted: Callable[[datetime, str], bool]) -> list[Step]:
        """Say of every wanted minute (and source) what is to be done. Raises CommandFailed when S3 does not say."""
        lost = self._rescue.lost
        keys = [key for key in (*self._rescue.rescued, *lost) if wanted(*minute_and_source(key))]
        days = {day: self._days.look(day) for day in sorted(days_of(keys))}
        steps = []
        for key in sorted(keys):
            day = days[minute_and_source(key)[0].date()]
            if self._raw.has(key):
                steps.append(Step(key, State.THERE, ""))
            elif key in lost:
                steps.append(Step(key, State.FAILED, f"its rows are not whole in what was read: {lost[key]}"))
            elif day.ended:
                remark = (
                    f"the raw objects of {day.day} have ended ({day.raw_objects} are left of {max(day.compacted)}): "
                    "compacting it again would lose the others. Put them back first, from their noncurrent versions"
                )
                steps.append(Step(key, State.FAILED, remark))
            else:
                rescued = self._rescue.rescued[key]
                rows = "1 row" if rescued.lines == 1 else f"{rescued.lines} rows"
                steps.append(Step(key, State.READY, f"{rows} of run {rescued.run}"))
        return steps

    def write(self, step: Step) -> Step:
        """Write the object of a minute that is ready."""
        rescued = self._rescue.rescued[step.key]
        try:
            saved = self._raw.write_once(step.key, rescued.body, rescued.run, self._monotonic() + PATIENCE_S)
        except NotSaved as error:
            return Step(step.key, State.FAILED, f"{error}. The rows stay in the log: try again")
        return Step(step.key, State.WRITTEN if saved is Saved.WRITTEN else State.THERE, "")


def days_of(keys: Collection[str]) -> set[date]:
    """The days of these raw objects."""
    return {minute_and_source(key)[0].date() for key in keys}


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
        print_safe(failed, sys.stderr)
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
    with aws_errors_as_command_failed("where the stack is"):
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
        print_safe(nothing, sys.stderr)
    lacking = bool(nothing or unreadable)
    if options.dry_run:
        return max(_status(steps), lacking)
    done = [_told(restoring.write(step)) if step.state is State.READY else step for step in steps]
    started = _compact_again(days, {step.minute.date() for step in done if step.state is not State.FAILED}, now)
    _print_summary(done)
    return max(_status(done), lacking, not started)


def _read(messages: Iterable[str]) -> tuple[RowReassembler, list[str]]:
    rescue, unreadable = RowReassembler(), []
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
        print_safe(step)
    if unreadable:
        print_safe(f"{len(unreadable)} log lines with a row cannot be read, the first: {unreadable[0]}", sys.stderr)


def _told(step: Step) -> Step:
    print_safe(step)
    return step


def _nothing(
    options: argparse.Namespace, span: Span, saved: SavedMinutes, rescue: RowReassembler, steps: Sequence[Step]
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
            print_safe(f"{failed}. {then}.", sys.stderr)
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

"""Where the logged rows are read from: the deployed log group, or a file of exported lines."""

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.trigger import LATE
from commands.deployment import CommandFailed, asking
from commands.minutes import MINUTE, Span
from commands.restore.unsaved import MARK

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

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
    with asking(f"what the log group {group} holds"):
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

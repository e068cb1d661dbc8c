"""Where logged rows are read from."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from commands._aws import CommandFailed
from commands._minutes import Span
from commands.restore import messages_of_file, messages_of_log_group
from tests.unit.commands.logged import logged
from tests.unit.examples import client_error

MESSAGES = logged("one")
MINUTE = datetime(2026, 11, 23, 10, tzinfo=UTC)

FORMS: dict[str, Callable[[list[str]], str]] = {
    "bare lines": "\n".join,
    "lines with an end": lambda messages: "\n".join(messages) + "\n",
    "one line": lambda messages: messages[0],
    "an export to S3": lambda messages: "".join(f"2026-11-23T10:01:02.123Z {message}\n" for message in messages),
    "aws logs --query events[].message": lambda messages: json.dumps(messages, indent=4),
    "aws logs": lambda messages: json.dumps({"events": [{"message": text} for text in messages], "searched": []}),
    "aws logs --query events": lambda messages: json.dumps([{"message": text, "eventId": "1"} for text in messages]),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_an_exported_file_gives_its_lines(tmp_path: Path, form: str, packed: bool) -> None:
    file = tmp_path / "exported"
    content = FORMS[form](MESSAGES).encode()
    file.write_bytes(gzip.compress(content) if packed else content)
    found = [line[line.index("{") :] for line in messages_of_file(file) if line]
    assert found == (MESSAGES[:1] if form == "one line" else MESSAGES)


@pytest.mark.parametrize("content", [gzip.compress(b"x" * 999, mtime=0)[:-9], b"\xff\xfe", b"\x1f\x8bjunk"])
def test_a_file_that_cannot_be_read_ends_the_command_with_its_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "exported"
    file.write_bytes(content)
    with pytest.raises(CommandFailed, match="exported cannot be read as log lines"):
        list(messages_of_file(file))


def test_a_file_that_is_not_there_ends_the_command(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="FileNotFoundError"):
        list(messages_of_file(tmp_path / "none"))


class Logs:
    """CloudWatch Logs, with pages as it gives them."""

    def __init__(self, pages: list[list[str]], error: Exception | None = None) -> None:
        self.asked: dict[str, Any] = {}
        self._pages = pages
        self._error = error

    def get_paginator(self, operation: str) -> "Logs":
        assert operation == "filter_log_events"
        return self

    def paginate(self, **asked: Any) -> Any:
        self.asked = asked
        for page in self._pages:
            yield {"events": [{"message": message} for message in page]}
        if self._error:
            raise self._error


def test_the_log_group_is_read_to_its_end_over_empty_pages() -> None:
    logs = Logs([[], MESSAGES[:1], [], MESSAGES[1:], []])
    assert list(messages_of_log_group(cast(Any, logs), "group", Span(MINUTE, MINUTE))) == MESSAGES
    assert logs.asked["logGroupName"] == "group"
    assert logs.asked["filterPattern"] == '"unsaved"'


def test_rows_are_looked_for_from_their_minute_until_the_latest_run_that_may_have_logged_them() -> None:
    logs = Logs([])
    assert list(messages_of_log_group(cast(Any, logs), "group", Span(MINUTE, MINUTE + timedelta(minutes=5)))) == []
    assert logs.asked["startTime"] == MINUTE.timestamp() * 1000
    latest = MINUTE + timedelta(minutes=5 + 1, hours=6)
    assert latest.timestamp() * 1000 < logs.asked["endTime"] < (latest + timedelta(hours=1)).timestamp() * 1000


def test_a_log_that_does_not_answer_ends_the_command() -> None:
    logs = Logs([MESSAGES], client_error("ResourceNotFoundException", 400, "FilterLogEvents"))
    with pytest.raises(CommandFailed, match="what the log group group holds: ResourceNotFoundException"):
        list(messages_of_log_group(cast(Any, logs), "group", Span(MINUTE, MINUTE)))

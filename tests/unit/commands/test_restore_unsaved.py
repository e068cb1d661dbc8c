"""Log lines of rows, read."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.store import unsaved_parts
from commands.restore import Part
from tests.unit.commands.logged import KEY, ROWS, logged
from tests.unit.examples import poll

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@settings(max_examples=30)
@given(texts | st.just('"unsaved" {' * 9_000))
def test_what_a_run_logs_is_read_as_it_was(text: str) -> None:
    rows = [poll(error_message=text)]
    assert [Part.of(message) for message in logged("one", rows)] == [
        Part(**fields) for fields in unsaved_parts(KEY, "one", rows)
    ]


@pytest.mark.parametrize(
    "before", ["", "2026-11-23T10:01:00.000Z ", "2026-11-23T10:01:00+00:00 2026/11/23/[$LATEST]ab "]
)
def test_a_time_before_the_line_is_passed_over(before: str) -> None:
    (message, *_) = logged("one")
    assert Part.of(before + message) == Part.of(message)


@pytest.mark.parametrize(
    "message",
    ["", "START RequestId: 1", "{}", '{"message": "row not saved"}', 'the word "unsaved"', '{"a": {"unsaved": {}}}'],
)
def test_other_lines_are_no_rows(message: str) -> None:
    assert Part.of(message) is None


def test_a_line_that_was_cut_is_an_error_that_quotes_its_beginning() -> None:
    (message, *_) = logged("one")
    with pytest.raises(ValueError, match="in a log line that begins"):
        Part.of(message[:-10])


GOOD: dict[str, Any] = next(iter(unsaved_parts(KEY, "one", ROWS)))


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in GOOD),
        {"key": "raw/other.json.gz"},
        {"key": "history/polls/dt=2026-11-23/polls.parquet"},
        {"key": "raw/dt=2026-13-23/1000-main.json.gz"},
        {"run": ""},
        {"line": 3},
        {"line": -1},
        {"part": GOOD["parts"]},
        {"lines": 0},
    ],
    ids=str,
)
def test_a_line_that_cannot_be_a_row_is_an_error(changes: dict[str, Any]) -> None:
    assert Part.of(json.dumps({"unsaved": GOOD})) is not None
    with pytest.raises(ValueError, match=r"."):
        Part.of(json.dumps({"unsaved": {**GOOD, **changes}}))
    for name in changes:
        with pytest.raises(ValueError, match=name):
            Part.of(json.dumps({"unsaved": {each: value for each, value in GOOD.items() if each != name}}))

"""The filter in docs/operations.md puts back what the function logged."""

import json
from collections.abc import Iterable
from pathlib import Path

import jq
import pytest

from collector.saving.poll import Poll
from collector.saving.raw_object import unsaved_parts
from tests.unit.examples import application, failed_poll, lines, logger, poll, zone

FILTER = (Path(__file__).resolve().parents[2] / "docs" / "unsaved.jq").read_text(encoding="utf-8")
KEY = "raw/dt=2026-11-23/1000-main.json.gz"
LARGE = [poll(zone(1), [application(f"{number:032x}", app_name="\u00fc" * 40) for number in range(2_000)])]
ROWS = [*LARGE, failed_poll(zone(2))]


def logged(run: str, rows: Iterable[Poll]) -> list[str]:
    """The messages that a run which could not save its rows leaves in the log."""
    made, written = logger()
    for part in unsaved_parts(KEY, run, list(rows)):
        made.error("row not saved", unsaved=part)
    return [json.dumps(line) for line in lines(written)]


def put_back(messages: list[str]) -> list[str]:
    """What the filter makes of them, as `jq -r` prints it."""
    return [str(line) for line in jq.compile(FILTER).input_value(messages).all()]


def test_the_lines_of_the_object_come_back() -> None:
    messages = logged("one", ROWS)
    assert len(messages) > len(ROWS), "a large row is logged in parts"
    assert put_back(messages[::-1]) == [row.to_line() for row in ROWS]


def test_of_two_runs_that_failed_one_is_put_back() -> None:
    assert put_back(logged("one", ROWS) + logged("two", ROWS)) == [row.to_line() for row in ROWS]


def test_a_run_that_is_not_whole_in_the_log_is_passed_over() -> None:
    cut = logged("a", ROWS)
    assert put_back(cut[1:] + logged("b", ROWS)) == [row.to_line() for row in ROWS]
    assert put_back(cut[:-1] + logged("b", ROWS)) == [row.to_line() for row in ROWS]
    with pytest.raises(ValueError, match="widen the search"):
        put_back(cut[1:])

"""Objects made from logged rows: what was to be written, or nothing."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.rows import Poll
from collector.store import body_of
from tests.unit.commands.logged import KEY, ROWS, logged, rescue_of
from tests.unit.examples import failed_poll, poll, zone

OTHER: Sequence[Poll] = [poll(zone(1)), failed_poll(zone(2))]


def test_the_object_is_byte_for_byte_what_the_collector_would_have_written() -> None:
    rescue = rescue_of(logged("one"))
    assert rescue.rescued[KEY].body == body_of(ROWS)
    assert (rescue.rescued[KEY].run, rescue.rescued[KEY].lines) == ("one", len(ROWS))
    assert rescue.lost == {}


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_lines_does_not_matter_nor_do_repetitions(chance: random.Random) -> None:
    messages = logged("one")
    assert len(messages) > len(ROWS), "a large row is logged in parts"
    chance.shuffle(messages)
    assert rescue_of(messages + messages[:3]).rescued[KEY].body == body_of(ROWS)
    assert rescue_of(messages[:3] + messages).rescued[KEY].body == body_of(ROWS)


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_of_two_runs_that_failed_one_is_put_back_and_never_a_mixture(chance: random.Random) -> None:
    messages = logged("one") + logged("two", OTHER)
    chance.shuffle(messages)
    rescued = rescue_of(messages).rescued[KEY]
    assert rescued.body == body_of({"one": ROWS, "two": OTHER}[rescued.run])


def test_the_first_whole_run_stands() -> None:
    assert rescue_of(logged("one") + logged("two", OTHER)).rescued[KEY].run == "one"
    for cut in (logged("one")[1:], logged("one")[:-1]):
        rescue = rescue_of(cut + logged("two", OTHER))
        assert rescue.rescued[KEY].body == body_of(OTHER)
        assert rescue.lost == {}


def test_what_is_not_whole_is_told_with_what_is_there() -> None:
    rescue = rescue_of(logged("one")[1:] + logged("two", OTHER)[1:])
    assert rescue.rescued == {}
    assert rescue.lost == {KEY: "run one has 2 of 3 lines whole; run two has 1 of 2 lines whole"}


def test_minutes_are_kept_apart() -> None:
    later = "raw/dt=2026-11-23/1001-main.json.gz"
    rows = [poll(minute=ROWS[0].minute.replace(minute=1))]
    rescue = rescue_of(logged("one")[1:] + logged("one", rows, later))
    assert rescue.rescued[later].body == body_of(rows)
    assert list(rescue.lost) == [KEY]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (poll(minute=ROWS[0].minute.replace(minute=1)), "is a row of 2026-11-23T10:01, source main"),
        (poll(source="other"), "is a row of 2026-11-23T10:00, source other"),
    ],
)
def test_rows_of_another_minute_or_source_are_not_written_under_this_key(row: Poll, why: str) -> None:
    messages = logged("one", [poll(), row])
    rescue = rescue_of(messages)
    assert rescue.rescued == {}
    assert why in rescue.lost[KEY]
    assert rescue_of(messages + logged("two", OTHER)).rescued[KEY].run == "two"


def test_lines_that_are_no_rows_are_not_written() -> None:
    (message,) = logged("one", [poll()])
    rescue = rescue_of([message.replace('\\"outcome\\":\\"collected\\"', '\\"outcome\\":\\"lost\\"')])
    assert "'lost' is not a valid Outcome" in rescue.lost[KEY]


def test_a_line_that_the_log_has_twice_and_not_alike_is_not_trusted() -> None:
    (message,) = logged("one", [poll()])
    (first, second) = logged("one", OTHER)
    assert "twice, and not alike" in rescue_of([first, message, second]).lost[KEY]
    assert "twice, and not alike" in rescue_of([first, first.replace("aa", "ab").replace("20,", "21,")]).lost[KEY]

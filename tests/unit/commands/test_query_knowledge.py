"""What is not known, why, and how near the limit was, over rows whose answers were worked out by hand."""

from typing import Any

from tests.sandbox.athena.handmade_lake import Line, poll
from tests.unit.commands.queried import Lake, at, picked

SHOWN = ("first_minute", "last_minute", "minutes", "zone_id", "reason")


def whole_day(day: str, zone: str = "z1", but: tuple[int, ...] = (), **others: Any) -> list[Line]:
    """A line for every minute of a day but these."""
    minutes = (minute for minute in range(1440) if minute not in but)
    return [poll(f"{day} {minute // 60:02}:{minute % 60:02}", zone, **others) for minute in minutes]


def test_a_whole_day_misses_nothing(lake: Lake) -> None:
    lake.put(whole_day("2026-11-22"))
    assert lake.ask("missing_minutes", "2026-11-22") == []


def test_minutes_in_a_row_with_one_reason_are_one_line(lake: Lake) -> None:
    failed: dict[str, Any] = {"outcome": "failed", "zone_name": "one.example"}
    lake.put(
        [
            *whole_day("2026-11-22", but=(600, 601, 602, 700)),
            poll("2026-11-22 10:00", "z1", reason="timeout", error_message="first", **failed),
            poll("2026-11-22 10:01", "z1", reason="timeout", error_message="last", **failed),
            poll("2026-11-22 10:02", "z1", reason="server_error", **failed),
            poll("2026-11-22 11:40", "z1", reason="timeout", **failed),
        ]
    )
    rows = lake.ask("missing_minutes", "2026-11-22")
    assert picked(rows, *SHOWN) == [
        (at("2026-11-22 10:00"), at("2026-11-22 10:01"), 2, "z1", "timeout"),
        (at("2026-11-22 10:02"), at("2026-11-22 10:02"), 1, "z1", "server_error"),
        (at("2026-11-22 11:40"), at("2026-11-22 11:40"), 1, "z1", "timeout"),
    ]
    assert picked(rows[:1], "zone", "source", "outcome", "error_message") == [
        ("one.example", "main", "failed", "last"),
    ]


def test_minutes_without_a_row_are_found_at_the_start_in_between_and_at_the_end(lake: Lake) -> None:
    lake.put([poll("2026-11-22 00:02", "z1"), poll("2026-11-22 00:03", "z1"), poll("2026-11-22 00:06", "z1")])
    assert picked(lake.ask("missing_minutes", "2026-11-22"), *SHOWN, "outcome") == [
        (at("2026-11-22 00:00"), at("2026-11-22 00:01"), 2, "z1", "no_row", None),
        (at("2026-11-22 00:04"), at("2026-11-22 00:05"), 2, "z1", "no_row", None),
        (at("2026-11-22 00:07"), at("2026-11-22 23:59"), 1433, "z1", "no_row", None),
    ]


def test_a_day_without_any_row_between_two_others_is_missing(lake: Lake) -> None:
    lake.put([*whole_day("2026-11-19"), *whole_day("2026-11-21")])
    lake.close("2026-11-19")
    lake.close("2026-11-21")
    rows = lake.ask("missing_minutes", "2026-11-19", "2026-11-22")
    assert picked(rows, *SHOWN) == [
        (at("2026-11-20 00:00"), at("2026-11-20 23:59"), 1440, "z1", "no_row"),
        (at("2026-11-22 00:00"), at("2026-11-22 23:59"), 1440, "z1", "no_row"),
    ]


def test_today_is_expected_until_five_minutes_ago(lake: Lake) -> None:
    lake.put([poll(f"2026-11-23 {m // 60:02}:{m % 60:02}", "z1") for m in range(11 * 60 + 50)])
    # It is 12:00: the grid ends before 11:55.
    assert picked(lake.ask("missing_minutes"), *SHOWN) == [
        (at("2026-11-23 11:50"), at("2026-11-23 11:54"), 5, "z1", "no_row")
    ]
    lake.put([poll(f"2026-11-23 11:{m}", "z1") for m in range(50, 55)])
    assert lake.ask("missing_minutes") == []


def test_each_zone_and_colo_has_its_own_minutes(lake: Lake) -> None:
    failed: dict[str, Any] = {"outcome": "failed", "reason": "timeout"}
    lake.put(
        [
            *whole_day("2026-11-22", "z1", colo="AMS"),
            *whole_day("2026-11-22", "z1", but=(5,), colo="FRA"),
            poll("2026-11-22 00:05", "z1", colo="FRA", **failed),
            *whole_day("2026-11-22", "z2", but=(5,), source="other"),
        ]
    )
    rows = lake.ask("missing_minutes", "2026-11-22")
    assert picked(rows, "zone_id", "colo", "source", "minutes", "reason") == [
        ("z1", "FRA", "main", 1, "timeout"),
        ("z2", None, "other", 1, "no_row"),
    ]


def test_a_zone_that_moves_to_another_source_misses_nothing(lake: Lake) -> None:
    lines = whole_day("2026-11-22")
    lake.put([{**line, "source": "main" if number < 700 else "other"} for number, line in enumerate(lines)])
    assert lake.ask("missing_minutes", "2026-11-22") == []


def test_outcomes_are_counted_by_reason_within_their_source(lake: Lake) -> None:
    limited: dict[str, Any] = {"outcome": "failed", "reason": "rate_limited", "http_status": 429, "error_code": 971}
    lake.put(
        [
            *(poll(f"2026-11-23 10:0{m}", z, http_status=200) for m in range(3) for z in ("z1", "z2")),
            poll("2026-11-23 10:03", "z1", **limited, error_message="wait"),
            poll("2026-11-23 10:04", "z1", **limited),
            poll("2026-11-23 10:00", "z9", source="other", outcome="skipped", reason="late_event", attempts=0),
        ]
    )
    columns = ("source", "outcome", "reason", "http_status", "error_code", "requests", "share_of_requests", "zones")
    rows = lake.ask("outcome_by_reason")
    assert picked(rows, *columns) == [
        ("main", "collected", None, 200, None, 6, 0.75, 2),
        ("main", "failed", "rate_limited", 429, 971, 2, 0.25, 1),
        ("other", "skipped", "late_event", None, None, 1, 1.0, 1),
    ]
    assert picked(rows[1:2], "first_minute", "last_minute", "error_message") == [
        (at("2026-11-23 10:03"), at("2026-11-23 10:04"), "wait")
    ]


def test_headroom_is_the_lowest_that_a_header_told_in_the_hour(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", rate_limit_remaining=1100),
            poll("2026-11-23 10:01", "z1", rate_limit_remaining=300, attempts=3),
            poll("2026-11-23 10:02", "z1", rate_limit_remaining=300),
            poll("2026-11-23 10:03", "z1", outcome="failed", reason="rate_limited"),
            poll("2026-11-23 11:00", "z1"),
            poll("2026-11-23 10:00", "z9", source="other", rate_limit_remaining=0),
        ]
    )
    columns = ("hour", "source", "lowest_remaining", "lowest_minute", "share_used", "requests")
    rows = lake.ask("rate_limit_headroom")
    assert picked(rows, *columns) == [
        (at("2026-11-23 10:00"), "main", 300, at("2026-11-23 10:01"), 0.75, 6),
        (at("2026-11-23 10:00"), "other", 0, at("2026-11-23 10:00"), 1.0, 1),
        (at("2026-11-23 11:00"), "main", None, None, None, 1),
    ]
    assert picked(rows, "zone_minutes_limited", "lines_with_header") == [(1, 3), (0, 1), (0, 0)]

"""What the demo draws: a gap is empty, a zero is not, and runs of minutes are put together."""

from datetime import datetime, timedelta

from tests.demo.books import Line
from tests.demo.chart import chart
from tests.demo.missing import gaps, span
from tests.demo.night import GAMES, MAIL, SSH
from tests.end_to_end_demo.perfect_night import NIGHT, minute, perfect_night

EMPTY = " \N{BRAILLE PATTERN BLANK}"


def bottom_row(values: dict[datetime, float], width: int) -> str:
    """The lowest row of dots, between the frames."""
    drawn = chart(values, NIGHT, width=width, unit=1, name="B")
    return next(line for line in drawn.splitlines() if line.lstrip().startswith("0 B")).split("┤")[1].rstrip("│")


def test_every_minute_of_the_night_is_drawn_at_a_hundred_columns() -> None:
    row = bottom_row(dict.fromkeys(NIGHT.minutes, 5.0), 100)
    assert len(row) == 90
    assert not set(EMPTY) & set(row)


def test_an_unknown_minute_is_a_gap_and_a_zero_is_not() -> None:
    known = dict.fromkeys(NIGHT.minutes, 5.0)
    unknown = NIGHT.between("23:00", "23:09")
    gap = bottom_row({at: value for at, value in known.items() if at not in unknown}, 100)
    zero = bottom_row({at: 0.0 if at in unknown else value for at, value in known.items()}, 100)
    assert set(gap[15:20]) <= set(EMPTY)
    assert not set(EMPTY) & set(zero)


def test_one_unknown_minute_shows_where_minutes_share_a_column_too() -> None:
    known = dict.fromkeys(NIGHT.minutes, 5.0)
    whole = bottom_row(known, 60)
    broken = bottom_row({at: value for at, value in known.items() if at != minute("00:00")}, 60)
    assert sum(one != other for one, other in zip(whole, broken, strict=True)) == 1


def test_a_night_without_data_can_be_drawn() -> None:
    assert set(bottom_row({}, 100)) <= set(EMPTY)


def test_neighbouring_minutes_and_zones_that_miss_the_same_are_one_gap() -> None:
    def line(zone: str, clock: str, *, status: int | None, message: str) -> Line:
        row = {"reason": "rate_limited", "http_status": status, "error_message": message}
        return Line(minute(clock), zone, row)

    asked = line(GAMES, "22:51", status=429, message="Used up (HTTP 429: 971 Please wait)")
    not_asked = [line(zone, clock, status=None, message="not sent") for zone in (GAMES, MAIL) for clock in ("22:50",)]
    elsewhere = line(MAIL, "22:51", status=None, message="not sent")
    later = line(SSH, "23:30", status=500, message="Failed (HTTP 500: " + "x " * 200 + ")")
    first, second = gaps([asked, *not_asked, elsewhere, later])
    assert (first.minutes, first.zones) == ((minute("22:50"), minute("22:51")), (GAMES, MAIL))
    assert first.said == "HTTP 429: 971 Please wait", "what was answered comes before what was not asked"
    assert second.zones == (SSH,)
    assert len(second.said) <= 110


def test_the_gaps_of_the_night_are_those_of_the_script() -> None:
    lines = [
        Line(line.minute, line.zone, {**line.row, "http_status": None, "error_message": ""})
        for line in perfect_night().unknown
    ]
    found = [(span(gap.minutes), gap.where) for gap in gaps(lines)]
    assert found == [
        ("22:50 - 22:54", "all"),
        ("23:18 - 23:19", MAIL),
        ("23:31", SSH),
        ("23:46", GAMES),
        ("00:10", "all"),
        ("00:20 - 00:22", "all"),
    ]


def test_the_night_lies_around_the_midnight_before_now() -> None:
    assert NIGHT.begin == datetime.fromisoformat("2026-11-22T22:30+00:00")
    assert len(NIGHT.minutes) == 180
    assert NIGHT.minutes[-1] + timedelta(minutes=1) == NIGHT.end == datetime.fromisoformat("2026-11-23T01:30+00:00")
    assert NIGHT.at("23:59") + timedelta(minutes=1) == NIGHT.at("00:00") == NIGHT.midnight

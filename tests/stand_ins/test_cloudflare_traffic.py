"""The simulated traffic, and what is true of a zone in a minute."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import mean

import pytest

from tests.sandbox.cloudflare import Application, IdleApplications, Minutes, Traffic, Zone, make_id, sample_zone
from tests.sandbox.cloudflare.minutes import instant, minute_of
from tests.sandbox.cloudflare.traffic import IDLE, Reading, together
from tests.sandbox.cloudflare.truth import usage

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
ZONE = sample_zone(0, applications=6)
APPS = [app.id for app in ZONE.applications]


def at(time: str) -> datetime:
    return minute_of(f"2026-11-23 {time}")


def test_the_same_seed_gives_the_same_traffic_whoever_asks_in_whatever_order() -> None:
    minutes = [MIDNIGHT + timedelta(minutes=n) for n in range(120)]
    alone = [Traffic(7).reading(ZONE.id, APPS[0], "AMS", minute) for minute in minutes]
    with ThreadPoolExecutor(8) as pool:
        together_backwards = list(
            pool.map(lambda minute: Traffic(7).reading(ZONE.id, APPS[0], "AMS", minute), reversed(minutes))
        )
    assert together_backwards == alone[::-1]


def test_another_seed_zone_application_colo_or_minute_gives_other_traffic() -> None:
    one = Traffic(1).reading(ZONE.id, APPS[0], "AMS", MIDNIGHT)
    others = [
        Traffic(2).reading(ZONE.id, APPS[0], "AMS", MIDNIGHT),
        Traffic(1).reading(make_id("other"), APPS[0], "AMS", MIDNIGHT),
        Traffic(1).reading(ZONE.id, APPS[1], "AMS", MIDNIGHT),
        Traffic(1).reading(ZONE.id, APPS[0], "FRA", MIDNIGHT),
        Traffic(1).reading(ZONE.id, APPS[0], "AMS", at("00:01")),
    ]
    assert one not in others
    assert len(set(others)) == len(others)


def test_the_busiest_hour_of_a_day_carries_at_least_twice_the_quietest() -> None:
    for app in APPS:
        hours = [
            mean(
                Traffic().reading(ZONE.id, app, "AMS", MIDNIGHT + timedelta(hours=h, minutes=m)).bytes_ingress
                for m in range(60)
            )
            for h in range(24)
        ]
        assert max(hours) > 2 * min(hours)


def test_applications_differ_in_size_by_more_than_ten() -> None:
    noon = [together(Traffic().reading(ZONE.id, app, colo, at("12:00")) for colo in ZONE.colos) for app in APPS]
    sizes = [reading.bytes_ingress + reading.bytes_egress for reading in noon]
    assert max(sizes) > 10 * min(sizes)


def test_bytes_and_connections_are_whole_and_durations_come_in_halves() -> None:
    readings = [
        Traffic().reading(ZONE.id, app, "AMS", MIDNIGHT + timedelta(minutes=n)) for app in APPS for n in range(50)
    ]
    assert all(reading.connections >= 1 and reading.bytes_ingress > 0 < reading.bytes_egress for reading in readings)
    assert all((reading.duration_avg_ms * 2).is_integer() for reading in readings)
    assert {reading.duration_avg_ms % 1 for reading in readings} == {0.0, 0.5}


def test_data_centres_add_up_and_weigh_their_durations_by_connections() -> None:
    assert together([Reading(1, 2, 1, 100.0), Reading(10, 20, 3, 200.0), IDLE]) == Reading(11, 22, 4, 175.0)
    assert together([]) == IDLE


def test_a_zone_reports_the_sum_of_its_data_centres() -> None:
    whole = usage(Traffic(), ZONE, MIDNIGHT)
    parts = [usage(Traffic(), ZONE, MIDNIGHT, colo=colo) for colo in ZONE.colos]
    for app in APPS:
        assert whole[app].bytes_egress == sum(part[app].bytes_egress for part in parts)
        assert whole[app].connections == sum(part[app].connections for part in parts)


def test_an_application_exists_from_its_first_to_its_last_minute() -> None:
    app = Application(make_id("app"), "a.example", exists=Minutes.between("2026-11-23 10:00", "2026-11-23 10:01"))
    zone = Zone(make_id("zone"), "example", (app,))
    there = [bool(usage(Traffic(), zone, at(time))) for time in ("09:59", "10:00", "10:01", "10:02")]
    assert there == [False, True, True, False]


@pytest.mark.parametrize(
    ("kept", "rows"), [(IdleApplications.ZEROS, [IDLE]), (IdleApplications.LEFT_OUT, [])], ids=["zeros", "left_out"]
)
def test_an_idle_application_is_listed_with_zeros_or_left_out_as_its_zone_has_it(
    kept: IdleApplications, rows: list[Reading]
) -> None:
    app = Application(make_id("app"), "a.example", idle=Minutes.only("2026-11-23 10:00"))
    zone = Zone(make_id("zone"), "example", (app,), idle_applications=kept)
    assert list(usage(Traffic(), zone, at("10:00")).values()) == rows
    assert usage(Traffic(), zone, at("10:01"))[app.id].connections > 0


def test_a_data_centre_that_a_zone_does_not_use_carries_nothing() -> None:
    assert set(usage(Traffic(), ZONE, MIDNIGHT, colo="XXX").values()) == {IDLE}
    left_out = replace(ZONE, idle_applications=IdleApplications.LEFT_OUT)
    assert usage(Traffic(), left_out, MIDNIGHT, colo="XXX") == {}


def test_times_are_utc_and_a_datetime_without_a_zone_is_refused() -> None:
    assert instant("2026-11-23 10:00") == instant("2026-11-23T11:00+01:00") == datetime(2026, 11, 23, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="has no time zone"):
        instant(datetime(2026, 11, 23))  # noqa: DTZ001

"""Traffic, talkers, volume and the 95th percentile, over rows whose answers were worked out by hand."""

import pytest

from tests.sandbox.athena.handmade_lake import application, poll
from tests.unit.commands.queried import Lake, at, picked


def test_traffic_is_added_up_by_hour_and_only_what_is_known_counts(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 09:59", "z1", [application("a1", ingress=1, egress=2, connections=1)]),
            poll("2026-11-23 10:00", "z1", [application("a1", ingress=10, egress=20, connections=4)]),
            poll("2026-11-23 10:01", "z1", outcome="failed", reason="timeout"),
            poll("2026-11-23 10:02", "z1", [application("a1", ingress=100, egress=200, connections=2)]),
        ]
    )
    columns = ("hour", "bytes_ingress", "bytes_egress", "connections_avg", "connections_peak", "minutes_known")
    assert picked(lake.ask("traffic_by_application_and_hour"), *columns) == [
        (at("2026-11-23 09:00"), 1, 2, 1.0, 1.0, 1),
        (at("2026-11-23 10:00"), 110, 220, 3.0, 4.0, 2),  # (4 + 2) / 2 known minutes, not / 3
    ]


def test_an_hour_of_zeros_is_zero_and_an_unknown_hour_is_not_there(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", reported=False)]),
            poll("2026-11-23 11:00", "z1", outcome="skipped", reason="late_event"),
        ]
    )
    rows = lake.ask("traffic_by_application_and_hour")
    assert picked(rows, "hour", "bytes_ingress", "connections_avg") == [(at("2026-11-23 10:00"), 0, 0.0)]


def test_a_minute_that_only_some_colos_answered_counts_in_bytes_and_not_in_the_average(lake: Lake) -> None:
    both = [
        poll("2026-11-23 10:00", "z1", [application("a1", ingress=5, connections=6)], colo="FRA"),
        poll("2026-11-23 10:00", "z1", [application("a1", ingress=7, connections=2)], colo="AMS"),
    ]
    half = [
        poll("2026-11-23 10:01", "z1", [application("a1", ingress=100, connections=50)], colo="FRA"),
        poll("2026-11-23 10:01", "z1", colo="AMS", outcome="failed", reason="timeout"),
    ]
    lake.put(both + half)
    (row,) = lake.ask("traffic_by_application_and_hour")
    assert row["bytes_ingress"] == 112
    assert row["connections_avg"] == 8.0  # of 10:00 alone, both colos together
    assert row["connections_peak"] == 50.0
    assert row["minutes_known"] == 1


def test_a_name_is_the_latest_one_and_an_id_stands_in_for_none(lake: Lake) -> None:
    lake.put(
        [
            poll(
                "2026-11-23 10:00",
                "z1",
                [application("a1", app_name="old"), application("a2")],
                zone_name="old.example",
            ),
            poll(
                "2026-11-23 10:01",
                "z1",
                [application("a1", app_name="new"), application("a2")],
                zone_name="new.example",
            ),
            poll("2026-11-23 10:02", "z1", [application("a1"), application("a2")]),
        ]
    )
    wanted = [("new.example", "a1", "new"), ("new.example", "a2", "a2")]
    for name in ("traffic_by_application_and_hour", "top_talkers"):
        assert picked(lake.ask(name), "zone", "app_id", "application") == wanted


def test_zones_without_a_name_go_by_their_id(lake: Lake) -> None:
    lake.put([poll("2026-11-23 10:00", "z1", [application("a1")])])
    for name in ("traffic_by_application_and_hour", "top_talkers", "month_to_date_volume", "p95_mbits"):
        assert picked(lake.ask(name), "zone") == [("z1",)]


def test_top_talkers_are_those_with_most_bytes_both_ways_and_no_more_than_twenty(lake: Lake) -> None:
    apps = [application(f"a{number:02}", ingress=number, egress=1000) for number in range(25)]
    lake.put([poll("2026-11-23 10:00", "z1", apps)])
    rows = lake.ask("top_talkers")
    assert len(rows) == 20
    assert picked(rows[:2], "place", "app_id", "bytes") == [(1, "a24", 1024), (2, "a23", 1023)]
    assert rows[0]["share_of_bytes"] == 1024 / 25300  # all 25 of them: 25 x 1000 + (0 + ... + 24)


def test_top_talkers_tell_how_many_minutes_of_the_zone_are_known_over_closed_and_open_days(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-20 10:00", "z1", [application("a1", ingress=3)]),
            poll("2026-11-23 10:00", "z1", [application("a1", connections=1)]),
            poll("2026-11-23 10:01", "z1", [application("a1")]),
            poll("2026-11-23 10:02", "z1", outcome="failed", reason="timeout"),
            poll("2026-11-23 10:00", "z2", [application("b1")], source="other"),
        ]
    )
    lake.close("2026-11-20")
    rows = lake.ask("top_talkers", "2026-11-20", "2026-11-23")
    columns = ("zone_id", "bytes", "minutes_with_traffic", "minutes_known")
    assert picked(rows, *columns) == [("z1", 3, 2, 3), ("z2", 0, 0, 1)]


def test_a_volume_is_by_month_and_in_decimal_units(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-10-31 23:59", "z1", [application("a1", ingress=1_500_000_000, egress=500_000_000)]),
            poll("2026-11-01 00:00", "z1", [application("a1", ingress=2_000_000_000_000)]),
            poll("2026-11-01 00:01", "z1", [application("a1", egress=1), application("a2", egress=2)]),
            poll("2026-11-01 00:02", "z1", outcome="failed", reason="server_error"),
        ]
    )
    lake.close("2026-10-31")
    lake.close("2026-11-01")
    rows = lake.ask("month_to_date_volume", "2026-10-31", "2026-11-23")
    columns = ("month", "gigabytes", "terabytes", "bytes_ingress", "bytes_egress", "minutes_known", "minutes_unknown")
    assert picked(rows, *columns) == [
        ("2026-10", 2.0, 0.002, 1_500_000_000, 500_000_000, 1, 0),
        ("2026-11", 2000.000000003, 2.000000000003, 2_000_000_000_000, 3, 2, 1),
    ]


def test_a_zone_of_which_nothing_is_known_has_a_line_without_numbers(lake: Lake) -> None:
    lake.put([poll("2026-11-23 10:00", "z1", outcome="failed", reason="forbidden")])
    volume = lake.ask("month_to_date_volume")
    columns = ("bytes_ingress", "gigabytes", "terabytes", "minutes_known", "minutes_unknown")
    assert picked(volume, *columns) == [(None, None, None, 0, 1)]
    rates = lake.ask("p95_mbits")
    assert picked(rates, "p95_mbits_both", "buckets", "buckets_unknown") == [(None, 0, 1)]


def test_the_percentile_is_the_lowest_rate_that_95_of_100_do_not_exceed(lake: Lake) -> None:
    # 20 buckets of five minutes, of 1 to 20 Mbit/s in: 75,000,000 bytes in 300 s are 2 Mbit/s. The 19th of 20 is it.
    lake.put(
        poll(f"2026-11-23 {5 * bucket // 60:02}:{5 * bucket % 60 + minute:02}", "z1", [application("a1", ingress=each)])
        for bucket in range(20)
        for each in [(20 - bucket) * 7_500_000]
        for minute in range(5)
    )
    (row,) = lake.ask("p95_mbits")
    assert (row["p95_mbits_ingress"], row["p95_mbits_egress"], row["p95_mbits_both"]) == (19.0, 0.0, 19.0)
    assert (row["buckets"], row["buckets_incomplete"], row["minutes_known"]) == (20, 0, 100)


@pytest.mark.parametrize(("buckets", "rank"), [(1, 1), (19, 19), (20, 19), (21, 20), (39, 38), (40, 38), (41, 39)])
def test_the_rank_is_the_next_whole_one(lake: Lake, buckets: int, rank: int) -> None:
    lake.put(
        poll(
            f"2026-11-23 {5 * number // 60:02}:{5 * number % 60:02}",
            "z1",
            [application("a1", ingress=7_500_000 * number)],
        )
        for number in range(1, buckets + 1)
    )
    assert picked(lake.ask("p95_mbits"), "p95_mbits_ingress", "buckets") == [(float(rank), buckets)]


def test_an_incomplete_bucket_has_the_rate_of_its_known_minutes_and_an_unknown_one_has_none(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", ingress=7_500_000)]),  # 1 Mbit/s while it is known
            *(poll(f"2026-11-23 10:0{m}", "z1", outcome="failed", reason="timeout") for m in range(1, 5)),
            *(poll(f"2026-11-23 10:0{m}", "z1", outcome="failed", reason="timeout") for m in range(5, 9)),
        ]
    )
    (row,) = lake.ask("p95_mbits")
    assert row["p95_mbits_ingress"] == 1.0
    assert (row["buckets"], row["buckets_incomplete"], row["buckets_unknown"], row["minutes_known"]) == (1, 1, 1, 1)


def test_a_minute_of_which_a_colo_is_missing_does_not_count_as_low(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", ingress=3_750_000)], colo="FRA"),
            poll("2026-11-23 10:00", "z1", [application("a1", ingress=3_750_000)], colo="AMS"),
            poll("2026-11-23 10:01", "z1", [application("a1", ingress=1)], colo="FRA"),
            poll("2026-11-23 10:01", "z1", colo="AMS", outcome="failed", reason="timeout"),
        ]
    )
    assert picked(lake.ask("p95_mbits"), "p95_mbits_ingress", "minutes_known") == [(1.0, 1)]


def test_a_known_minute_without_applications_is_a_rate_of_zero(lake: Lake) -> None:
    lake.put([poll("2026-11-23 10:00", "z1"), poll("2026-11-23 10:05", "z1")])
    assert picked(lake.ask("p95_mbits"), "p95_mbits_both", "buckets") == [(0.0, 2)]

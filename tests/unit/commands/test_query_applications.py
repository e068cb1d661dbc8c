"""Duration, concurrency, and who came and went, over rows whose answers were worked out by hand."""

from tests.sandbox.athena.handmade_lake import application, poll
from tests.unit.commands.queried import Lake, at, picked


def test_a_duration_is_weighted_by_connections(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", connections=9, duration_avg_ms=100.0)]),
            poll("2026-11-23 10:01", "z1", [application("a1", connections=1, duration_avg_ms=200.0)]),
            poll("2026-11-23 10:02", "z1", [application("a1", connections=0)]),
            poll("2026-11-23 10:03", "z1", outcome="failed", reason="timeout"),
        ]
    )
    (row,) = lake.ask("connection_duration")
    assert row["duration_avg_ms"] == 110.0  # (9 x 100 + 1 x 200) / 10, where a plain average would say 150
    assert (row["longest_minute_ms"], row["connection_minutes"], row["minutes_with_connections"]) == (200.0, 10.0, 2)


def test_without_connections_there_is_no_duration(lake: Lake) -> None:
    lake.put([poll("2026-11-23 10:00", "z1", [application("a1", connections=0, duration_avg_ms=0.0)])])
    (row,) = lake.ask("connection_duration")
    assert (row["duration_avg_ms"], row["longest_minute_ms"], row["connection_minutes"]) == (None, None, 0.0)


def test_connections_whose_duration_was_not_given_weigh_nothing_and_are_shown(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", connections=2, duration_avg_ms=50.0)]),
            poll("2026-11-23 10:01", "z1", [application("a1", connections=7, duration_avg_ms=None)]),
        ]
    )
    (row,) = lake.ask("connection_duration")
    columns = (row["duration_avg_ms"], row["connection_minutes"], row["connection_minutes_unweighed"])
    assert columns == (50.0, 2.0, 7.0)
    assert row["minutes_with_connections"] == 2


def test_colos_of_one_minute_are_one_minute_with_connections(lake: Lake) -> None:
    lake.put(
        poll("2026-11-23 10:00", "z1", [application("a1", connections=each, duration_avg_ms=10.0 * each)], colo=colo)
        for colo, each in (("FRA", 1), ("AMS", 3))
    )
    rows = lake.ask("connection_duration")
    assert picked(rows, "duration_avg_ms", "minutes_with_connections") == [(25.0, 1)]  # (1 x 10 + 3 x 30) / 4


def test_a_peak_is_that_of_the_busiest_minute_and_the_first_of_equal_ones(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", connections=3), application("a2", connections=0)]),
            poll("2026-11-23 10:01", "z1", [application("a1", connections=5), application("a2", connections=4)]),
            poll("2026-11-23 10:02", "z1", [application("a1", connections=5), application("a2", connections=1)]),
            poll("2026-11-23 10:03", "z1", outcome="failed", reason="timeout"),
        ]
    )
    columns = ("app_id", "connections_peak", "peak_minute", "connections_avg", "minutes_known")
    assert picked(lake.ask("concurrency_peaks"), *columns) == [
        ("a1", 5.0, at("2026-11-23 10:01"), 13 / 3, 3),
        ("a2", 4.0, at("2026-11-23 10:01"), 5 / 3, 3),
        (None, 9.0, at("2026-11-23 10:01"), 6.0, 3),  # the zone: (3 + 9 + 6) / 3
    ]


def test_the_peak_of_a_zone_is_of_one_minute_and_not_the_sum_of_its_applications_peaks(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", connections=5), application("a2", connections=1)]),
            poll("2026-11-23 10:01", "z1", [application("a1", connections=1), application("a2", connections=5)]),
        ]
    )
    *_, zone = lake.ask("concurrency_peaks")
    assert (zone["app_id"], zone["connections_peak"]) == (None, 6.0)


def test_colos_are_added_up_before_the_peak_is_looked_for(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", connections=4)], colo="FRA"),
            poll("2026-11-23 10:00", "z1", [application("a1", connections=3)], colo="AMS"),
            poll("2026-11-23 10:01", "z1", [application("a1", connections=6)], colo="FRA"),
            poll("2026-11-23 10:01", "z1", colo="AMS", outcome="failed", reason="timeout"),
        ]
    )
    for row in lake.ask("concurrency_peaks"):
        assert (row["connections_peak"], row["peak_minute"]) == (7.0, at("2026-11-23 10:00"))
        assert (row["connections_avg"], row["minutes_known"]) == (7.0, 1)


def test_an_application_without_connections_has_no_peak_minute(lake: Lake) -> None:
    lake.put([poll("2026-11-23 10:00", "z1", [application("a1")])])
    for row in lake.ask("concurrency_peaks"):
        assert (row["connections_peak"], row["peak_minute"], row["connections_avg"]) == (0.0, None, 0.0)


def test_a_zone_that_was_never_known_has_no_peak_rather_than_one_of_zero(lake: Lake) -> None:
    lake.put([poll("2026-11-23 10:00", "z1", outcome="failed", reason="forbidden")])
    columns = ("app_id", "connections_peak", "peak_minute", "connections_avg", "minutes_known")
    assert picked(lake.ask("concurrency_peaks"), *columns) == [(None, None, None, None, 0)]


def test_an_idle_zone_has_a_peak_of_zero(lake: Lake) -> None:
    lake.put([poll("2026-11-23 10:00", "z1"), poll("2026-11-23 10:01", "z1", outcome="failed", reason="timeout")])
    columns = ("app_id", "connections_peak", "peak_minute", "minutes_known")
    assert picked(lake.ask("concurrency_peaks"), *columns) == [(None, 0.0, None, 1)]


def test_applications_are_idle_new_steady_or_vanished(lake: Lake) -> None:
    idle, steady, new, gone = "idle", "steady", "new", "gone"
    lake.put(
        [
            poll(
                "2026-11-23 10:00",
                "z1",
                [application(idle), application(steady, ingress=1), application(gone, egress=1)],
            ),
            poll(
                "2026-11-23 10:01", "z1", [application(idle), application(steady), application(gone), application(new)]
            ),
            poll("2026-11-23 10:02", "z1", [application(idle), application(steady), application(new, connections=1)]),
        ]
    )
    columns = ("verdict", "app_id", "first_seen", "last_seen", "first_traffic", "minutes_with_traffic", "minutes_seen")
    early, middle, late = (at(f"2026-11-23 10:0{minute}") for minute in range(3))
    assert picked(lake.ask("idle_new_vanished_applications"), *columns) == [
        ("idle", idle, early, late, None, 0, 3),
        ("new", new, middle, late, late, 1, 2),
        ("steady", steady, early, late, early, 1, 3),
        ("vanished", gone, early, middle, early, 1, 2),
    ]


def test_an_unknown_minute_at_the_end_makes_nobody_vanish(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", outcome="failed", reason="timeout"),
            poll("2026-11-23 10:01", "z1", [application("a1", ingress=1)]),
            poll("2026-11-23 10:02", "z1", outcome="failed", reason="timeout"),
        ]
    )
    rows = lake.ask("idle_new_vanished_applications")
    assert picked(rows, "verdict", "minutes_seen", "minutes_known") == [("steady", 1, 1)]


def test_a_minute_of_which_a_colo_is_missing_makes_nobody_vanish(lake: Lake) -> None:
    lake.put(
        [
            poll("2026-11-23 10:00", "z1", [application("a1", ingress=1)], colo="FRA"),
            poll("2026-11-23 10:00", "z1", colo="AMS"),
            poll("2026-11-23 10:01", "z1", colo="FRA", outcome="failed", reason="timeout"),
            poll("2026-11-23 10:01", "z1", colo="AMS"),
        ]
    )
    assert picked(lake.ask("idle_new_vanished_applications"), "verdict") == [("steady",)]

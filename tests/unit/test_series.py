"""Which series a minute has, and what they say."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.app_names import AppNames, Catalog, ZoneNames
from collector.rows import Application, Poll
from collector.series import Datum, Sample, Series, series_of, zone_labels
from contract.metrics import BY_NAME
from contract.raw import Outcome, Reason
from contract.sources import TRAFFIC_METRICS, Zone, knowing_each_other
from tests.unit.examples import NOW, application, failed_poll, poll, source, zone, zones

counts = st.integers(0, 2**40)
apps = st.builds(
    lambda app_id, ingress, egress, connections, duration: application(
        app_id,
        bytes_ingress=ingress,
        bytes_egress=egress,
        connections=float(connections),
        duration_avg_ms=duration if connections else None,
    ),
    st.sampled_from([f"app{number}" for number in range(8)]),
    counts,
    counts,
    st.integers(0, 1000),
    st.floats(0, 1e6),
)
rows = st.lists(apps, max_size=8, unique_by=lambda app: app.app_id)


def catalog(known: Mapping[int, Sequence[str]], *, initialized: bool = True) -> Catalog:
    """What is known about zones by number: their applications."""
    return Catalog(
        {
            zone(number).id: ZoneNames(
                name=f"zone{number}.example.com",
                apps={app_id: AppNames(f"label-{app_id}", None) for app_id in app_ids},
                initialized=initialized,
            )
            for number, app_ids in known.items()
        }
    )


def by_dimensions(series: Series) -> dict[tuple[str, ...], dict[str, float | Sample]]:
    """Values by the dimensions' values, then by metric; and no datum stands there twice."""
    found: defaultdict[tuple[str, ...], dict[str, float | Sample]] = defaultdict(dict)
    for datum in series.data:
        dimensions = tuple(value for _, value in datum.dimensions)
        assert datum.metric not in found[dimensions]
        found[dimensions][datum.metric] = datum.value
    return dict(found)


def levels(series: Series) -> set[tuple[str, ...]]:
    return {tuple(name for name, _ in datum.dimensions) for datum in series.data}


@given(rows)
def test_a_zone_is_the_sum_of_its_rows(made: list[Application]) -> None:
    series = series_of([poll(zone(1), made)], source(zone(1)), catalog({1: [f"app{n}" for n in range(8)]}))
    found = by_dimensions(series)
    whole = found[("zone1.example.com",)]
    parts = [values for dimensions, values in found.items() if len(dimensions) == 2]
    assert len(parts) == len(made)
    for metric in ("BytesIngress", "BytesEgress", "Connections"):
        assert whole[metric] == sum(values[metric] for values in parts)  # type: ignore[misc]


@given(rows)
def test_durations_are_weighted_by_connections_and_absent_without(made: list[Application]) -> None:
    values = by_dimensions(series_of([poll(zone(1), made)], source(zone(1)), catalog({1: []})))[("zone1.example.com",)]
    connections = sum(app.connections for app in made)
    if not connections:
        assert "ConnectionDuration" not in values
        return
    sample = values["ConnectionDuration"]
    assert isinstance(sample, Sample)
    weighted = sum(app.connections * (app.duration_avg_ms or 0.0) for app in made)
    assert sample.count == connections
    assert sample.sum == pytest.approx(weighted)
    assert sample.minimum <= sample.sum / sample.count * (1 + 1e-9)
    assert sample.sum / sample.count <= sample.maximum * (1 + 1e-9)


def test_colos_add_up_to_their_zone_and_stand_below_their_application() -> None:
    of = zone(1, colos=("LHR", "AMS"))
    polls = [poll(of, [application(bytes_ingress=5)], colo="LHR"), poll(of, [application(bytes_ingress=7)], colo="AMS")]
    found = by_dimensions(series_of(polls, source(of), catalog({1: ["app1"]})))
    assert {dimensions: values["BytesIngress"] for dimensions, values in found.items()} == {
        ("zone1.example.com",): 12.0,
        ("zone1.example.com", "label-app1", "LHR"): 5.0,
        ("zone1.example.com", "label-app1", "AMS"): 7.0,
    }


def test_with_one_colo_missing_there_is_no_sum_for_the_zone() -> None:
    of = zone(1, colos=("LHR", "AMS"))
    polls = [poll(of, [application()], colo="LHR"), failed_poll(of, colo="AMS")]
    found = by_dimensions(series_of(polls, source(of), catalog({1: ["app1"]})))
    assert list(found) == [("zone1.example.com", "label-app1", "LHR")]


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.SKIPPED])
def test_an_unknown_minute_is_no_datum_and_an_idle_one_is_zero(outcome: Outcome) -> None:
    unknown = replace(failed_poll(zone(1)), outcome=outcome, reason=Reason.DEADLINE)
    idle = poll(zone(2), [application(bytes_ingress=0, bytes_egress=0, connections=0.0, duration_avg_ms=None)])
    of = source(*zones(3))
    found = by_dimensions(series_of([unknown, idle, poll(zone(3))], of, catalog({1: ["app1"], 2: ["app1"], 3: []})))
    zeros = {"BytesIngress": 0.0, "BytesEgress": 0.0, "Connections": 0.0}
    assert found == {
        ("zone2.example.com",): zeros,
        ("zone2.example.com", "label-app1"): zeros,
        ("zone3.example.com",): zeros,
    }


def test_a_zone_without_any_row_has_no_datum() -> None:
    assert series_of([], source(zone(1)), catalog({1: ["app1"]})).data == ()


def test_series_begin_only_when_names_were_tried_unless_the_zone_s_is_configured() -> None:
    unsettled = catalog({1: ["app1"], 2: ["app1"]}, initialized=False)
    of = source(zone(1), zone(2, name="mine.example.com"))
    polls = [poll(zone(number), [application()]) for number in (1, 2)]
    assert list(by_dimensions(series_of(polls, of, unsettled))) == [("mine.example.com",)]
    assert series_of(polls, source(zone(1), zone(2)), Catalog()).data == ()


def test_a_settled_zone_without_names_goes_by_ids() -> None:
    known = Catalog({zone(1).id: ZoneNames(seen={"app1": NOW.date()}, initialized=True)})
    found = by_dimensions(series_of([poll(zone(1), [application()])], source(zone(1)), known))
    assert list(found) == [(zone(1).id,), (zone(1).id, "app1")]


def test_an_application_that_nobody_knows_yet_counts_in_its_zone_only() -> None:
    series = series_of([poll(zone(1), [application("new")])], source(zone(1)), catalog({1: []}))
    assert list(by_dimensions(series)) == [("zone1.example.com",)]
    assert series.dropped_metrics == 0


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [(("zone",), {("Zone",)}), (("application",), {("Zone", "Application")}), ((), set())],
)
def test_only_the_chosen_levels_are_published(chosen: tuple[str, ...], expected: set[tuple[str, ...]]) -> None:
    series = series_of([poll(zone(1), [application()])], source(zone(1), levels=chosen), catalog({1: ["app1"]}))
    assert levels(series) == expected


def test_only_the_chosen_metrics_are_published_and_counted_against_the_cap() -> None:
    of = source(zone(1), metrics=("Connections",), metric_limit=1)
    series = series_of([poll(zone(1), [application()])], of, catalog({1: ["app1", "app2"]}))
    assert {datum.metric for datum in series.data} == {"Connections"}
    assert (series.dropped_metrics, series.dropped_apps) == (1, ("zone1.example.com/label-app2",))


def test_every_series_is_declared() -> None:
    of = zone(1, colos=("LHR",))
    series = series_of([poll(of, [application()], colo="LHR")], source(of), catalog({1: ["app1"]}))
    assert {datum.metric for datum in series.data} == set(TRAFFIC_METRICS)
    for datum in series.data:
        assert tuple(name for name, _ in datum.dimensions) in BY_NAME[datum.metric].dimensions


@given(rows, rows, st.integers(0, 40))
def test_who_is_inside_the_cap_does_not_depend_on_this_minute_s_traffic(
    first: list[Application], second: list[Application], limit: int
) -> None:
    known = catalog({1: [f"app{n}" for n in range(8)], 2: [f"app{n}" for n in range(3)]})
    of = source(zone(1), zone(2), metric_limit=limit)
    minutes = [series_of([poll(zone(1), made), poll(zone(2), made)], of, known) for made in (first, second)]
    inside = [("1", f"app{n}") for n in range(8)] + [("2", f"app{n}") for n in range(3)]
    for series, made in zip(minutes, (first, second), strict=True):
        allowed = {(f"zone{number}.example.com", f"label-{app_id}") for number, app_id in inside[: limit // 4]}
        reported = {app.app_id for app in made}
        found = {dimensions for dimensions in by_dimensions(series) if len(dimensions) == 2}
        assert found == {pair for pair in allowed if pair[1].removeprefix("label-") in reported}
        assert series.dropped_metrics == 4 * (len(inside) - limit // 4 if limit // 4 < len(inside) else 0)
    assert minutes[0].dropped_apps == minutes[1].dropped_apps


def test_the_cap_follows_configured_order_then_application_id() -> None:
    of = source(zone(2), zone(1, app_ids=("app9", "app1")), metric_limit=12)
    series = series_of([], of, catalog({1: ["app1", "app9"], 2: ["b", "a"]}))
    assert series.dropped_apps == ("zone1.example.com/label-app1",)
    assert series.dropped_metrics == 4


def test_an_application_costs_its_metrics_in_every_colo() -> None:
    of = source(zone(1, colos=("LHR", "AMS")), metric_limit=15)
    assert series_of([], of, catalog({1: ["app1", "app2"]})).dropped_metrics == 8
    assert series_of([], replace(of, levels=("zone",)), catalog({1: ["app1", "app2"]})).dropped_metrics == 0


def test_nobody_gets_in_before_who_stands_earlier_however_cheap() -> None:
    of = source(zone(1, colos=("LHR", "AMS")), zone(2), metric_limit=7)
    assert series_of([], of, catalog({1: ["app1"], 2: ["app2"]})).dropped_metrics == 8 + 4


def test_the_zone_s_sum_holds_what_the_cap_leaves_out() -> None:
    polls = [poll(zone(1), [application("app1"), application("app2")])]
    found = by_dimensions(series_of(polls, source(zone(1), metric_limit=0), catalog({1: ["app1", "app2"]})))
    assert list(found) == [("zone1.example.com",)]
    assert found[("zone1.example.com",)]["BytesEgress"] == 400.0


names = st.none() | st.sampled_from(["example.com", "exämple.com", "", ":"]) | st.text(max_size=10)


@given(st.lists(st.tuples(names, names), min_size=1, max_size=6))
def test_zone_labels_are_unlike_each_other_and_fit_a_dimension_value(
    named: list[tuple[str | None, str | None]],
) -> None:
    of = source(*(zone(number, name=configured) for number, (configured, _) in enumerate(named, start=1)))
    known = Catalog({zone(number).id: ZoneNames(name=read) for number, (_, read) in enumerate(named, start=1)})
    labels = zone_labels(of, known)
    assert list(labels) == [zone.id for zone in of.zones]
    assert len(set(labels.values())) == len(named)
    assert all(label.isascii() and label.strip() and not label.startswith(":") for label in labels.values())


def test_a_configured_name_wins_over_a_read_one_and_the_id_stands_in_for_both() -> None:
    of = source(zone(1, name="mine"), zone(2), zone(3))
    assert list(zone_labels(of, catalog({1: [], 2: []})).values()) == ["mine", "zone2.example.com", zone(3).id]


def test_equal_names_that_were_read_get_the_beginning_of_the_id_and_a_configured_one_stays_as_it_is() -> None:
    configured = {"5": "mine.example", "6": "games.example"}
    of = source(*(Zone(number * 32, configured.get(number), (), ()) for number in "1234567"))
    read = {"1": "same.example", "2": "same.example", "3": "例え.jp", "4": "日本.jp", "7": "games.example"}
    known = Catalog({number * 32: ZoneNames(name=name) for number, name in read.items()})
    assert list(zone_labels(of, known).values()) == [
        "same.example (111111)",
        "same.example (222222)",
        "xn--r8jz45g.jp",
        "xn--wgv71a.jp",
        "mine.example",
        "games.example",
        "games.example (777777)",
    ]


def test_a_zone_is_not_called_as_cdk_json_calls_a_zone_of_another_source() -> None:
    theirs = source(zone(7, name="zone1.example.com"), name="other")
    ours = knowing_each_other({"main": source(zone(1)), "other": theirs})["main"]
    assert list(zone_labels(ours, catalog({1: []})).values()) == [f"zone1.example.com ({zone(1).id[:6]})"]


@given(rows)
def test_every_value_is_one_that_cloudwatch_takes(made: list[Application]) -> None:
    biggest = application("most", bytes_ingress=2**63 - 1, connections=2.0**63 - 1024, duration_avg_ms=2.0**63 - 1024)
    data: tuple[Datum, ...] = series_of([poll(zone(1), [*made, biggest])], source(zone(1)), catalog({1: []})).data
    for datum in data:
        sample = datum.value if isinstance(datum.value, Sample) else None
        values = [sample.count, sample.sum, sample.minimum, sample.maximum] if sample else [datum.value]
        assert all(isinstance(value, float) and 0 <= value < 2.0**360 for value in values)


def polls_in(order: Sequence[Zone]) -> list[Poll]:
    return [poll(of, [application()]) for of in order]


def test_the_order_of_the_rows_changes_nothing() -> None:
    of, known = source(*zones(3)), catalog({1: ["app1"], 2: ["app1"], 3: ["app1"]})
    forwards, backwards = (series_of(polls_in(order), of, known) for order in (of.zones, of.zones[::-1]))
    assert forwards == backwards

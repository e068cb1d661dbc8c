"""What an estimate promises whatever the configuration is."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sources import LEVELS, TRAFFIC_METRICS
from infra.configuration import Configuration, parse
from infra.cost import TYPICAL_QUERIES, Bill, Workload, changes, estimate, source_volumes
from tests.cost.configurations import configured
from tests.infra.declared import minimal

CHOICES: dict[str, st.SearchStrategy[Any]] = {
    "metric_limit": st.integers(0, 10_000),
    "metrics": st.lists(st.sampled_from(TRAFFIC_METRICS), min_size=1, unique=True),
    "levels": st.lists(st.sampled_from(LEVELS), min_size=1, unique=True),
    "raw_retention_days": st.integers(15, 3_650),
    "open_days": st.integers(1, 7),
    "query_scan_limit_gb": st.integers(1, 1_000),
    "compactor_memory_mb": st.integers(512, 10_240),
}
WORKLOADS = st.builds(
    Workload,
    applications_per_zone=st.integers(0, 1_000),
    failing_share=st.floats(0, 1),
    latency_ms=st.floats(0, 10_000),
    month=st.integers(1, 120),
    queries=st.integers(0, 10_000),
)
sizes = st.integers(1, 5)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    return configured(sources=draw(sizes), zones=draw(sizes), **{key: draw(choice) for key, choice in CHOICES.items()})


@given(configurations(), WORKLOADS)
def test_every_number_of_a_bill_is_one(configuration: Configuration, workload: Workload) -> None:
    bill = estimate(configuration, workload)
    numbers = [number for line in bill.lines for number in (line.quantity, line.unit_price, line.dollars)]
    assert [number for number in numbers if not math.isfinite(number) or number < 0] == []
    assert bill.total == pytest.approx(sum(bill.by_service.values()))
    assert bill.total > 0


@given(configurations(), WORKLOADS)
def test_a_change_saves_what_it_says_and_never_costs(configuration: Configuration, workload: Workload) -> None:
    bill = estimate(configuration, workload)
    changed = {(key, str(value)): pulled for key, value, pulled in changes(configuration)}
    for saving in bill.savings:
        assert saving.dollars > 0
        pulled = estimate(changed[saving.key, str(saving.value)], workload)
        assert pulled.total == pytest.approx(bill.total - saving.dollars)
    assert [saving.dollars for saving in bill.savings] == sorted((each.dollars for each in bill.savings), reverse=True)


@pytest.mark.parametrize(
    ("alarms", "keys"),
    [
        ({}, ["levels", "levels", "metric_limit", "metrics", "alarms.traffic", "raw_retention_days"]),
        # What is watched must be published.
        (
            {"traffic": [{"name": "x", "zone": "x.example", "metric": "Connections", "unusual": 2}]},
            ["levels", "metric_limit", "alarms.traffic", "raw_retention_days"],
        ),
    ],
    ids=["nothing watched", "a zone's connections watched"],
)
def test_a_change_is_what_cdk_json_may_say(alarms: dict[str, Any], keys: list[str]) -> None:
    spectrum = minimal() | {"alarms": alarms}
    tried = list(changes(parse(spectrum)))
    assert [key for key, _, _ in tried] == keys
    for key, value, changed in tried:
        outer, _, inner = key.partition(".")
        assert parse(spectrum | {outer: {inner: value} if inner else value}) == changed


def test_alarms_cost_by_what_they_watch() -> None:
    watch = {"name": "x", "zone": "x.example", "metric": "BytesEgress"}
    plain, above, unusual = (
        estimate(parse(minimal() | {"alarms": {"traffic": traffic}}), Workload()).total
        for traffic in ([], [watch | {"above": 5}], [watch | {"unusual": 2}])
    )
    assert above - plain == pytest.approx(0.10)
    assert unusual - plain == pytest.approx(0.30)


def test_the_alarm_on_zones_costs_by_the_zones_that_fail() -> None:
    configuration = configured(sources=2, zones=50)

    def cost(failing_share: float) -> float:
        bill = estimate(configuration, Workload(failing_share=failing_share))
        return sum(line.dollars for line in bill.lines if line.what == "alarms on queries")

    # Each hour with a datum is looked at for three; never more than all 100 zones.
    assert [cost(0), cost(0.01), cost(0.5), cost(1)] == pytest.approx([0, 0.30, 10, 10])


@given(configurations(), WORKLOADS, st.integers(1, 1_000))
def test_more_applications_never_cost_less(configuration: Configuration, workload: Workload, more: int) -> None:
    larger = replace(workload, applications_per_zone=workload.applications_per_zone + more)
    assert _total(configuration, larger) >= _total(configuration, workload)


@given(sizes, sizes, WORKLOADS, sizes, st.integers(0, 1_000))
def test_more_zones_never_cost_less(sources: int, zones: int, workload: Workload, more: int, limit: int) -> None:
    smaller = configured(sources=sources, zones=zones, metric_limit=limit)
    larger = configured(sources=sources, zones=zones + more, metric_limit=limit)
    assert _total(larger, workload) >= _total(smaller, workload)
    assert _total(configured(sources=sources + more, zones=zones, metric_limit=limit), workload) >= _total(
        smaller, workload
    )


def _total(configuration: Configuration, workload: Workload) -> float:
    return estimate(configuration, workload).total + 1e-6


def lines(bill: Bill, service: str, what: str) -> float:
    """What the lines of this name cost together."""
    found = [line.dollars for line in bill.lines if (line.service, line.what) == (service, what)]
    assert found, f"no line {service}, {what}"
    return sum(found)


def test_the_limit_bounds_what_applications_cost() -> None:
    bill = estimate(configured(zones=10, metric_limit=80), Workload(applications_per_zone=1_000))
    assert lines(bill, "CloudWatch", "application metrics") == pytest.approx(80 * 0.30)


def test_known_numbers_of_applications_go_before_the_assumed_one() -> None:
    configuration = parse(minimal(zones=["0" * 32, "1" * 32, {"id": "2" * 32, "app_ids": ["a" * 32, "b" * 32]}]))
    workload = Workload(applications={"0" * 32: 7, "2" * 32: 1}, applications_per_zone=3)
    assert [workload.applications_of(zone) for zone in configuration.sources[0].zones] == [7, 3, 1]
    assert [Workload().applications_of(zone) for zone in configuration.sources[0].zones] == [1, 1, 2]


@pytest.mark.parametrize(
    "wrong",
    [{"failing_share": 1.1}, {"failing_share": math.nan}, {"applications": {"0" * 32: -1}}, {"month": 0}],
    ids=str,
)
def test_a_workload_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a workload has"):
        Workload(**wrong)


def test_history_grows_and_raw_stops_at_its_retention() -> None:
    configuration = configured(zones=10, raw_retention_days=60)
    raw, history = zip(*(_stored(configuration, month) for month in (1, 2, 12, 24)), strict=True)
    assert _ratios(raw) == pytest.approx([1, 3, 6, 6])  # days: 15, 45, then 60 and 30 deleted ones
    assert _ratios(history) == pytest.approx([1, 3, 23, 47])


def _stored(configuration: Configuration, month: int) -> tuple[float, float]:
    bill = estimate(configuration, Workload(applications_per_zone=10, month=month))
    return lines(bill, "S3", "stored minutes"), lines(bill, "S3", "stored history")


def _ratios(numbers: Sequence[float]) -> list[float]:
    return [number / numbers[0] for number in numbers]


def test_a_query_is_charged_for_ten_megabytes_at_least_and_the_scan_limit_at_most() -> None:
    small, large = configured(), configured(sources=5, zones=5, query_scan_limit_gb=1)
    month = TYPICAL_QUERIES[-1]
    least, _ = month.reads(small, source_volumes(small, Workload()))
    most, _ = month.reads(large, source_volumes(large, Workload(applications_per_zone=1_000)))
    assert (least, most) == (10_000_000, 1_000_000_000)
    asked_once = estimate(large, Workload(applications_per_zone=1_000, queries=1))
    assert lines(asked_once, "Athena", "queries") <= 3 * 0.005

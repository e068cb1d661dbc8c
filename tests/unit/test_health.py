"""The run's own health, as embedded metrics in the log."""

import json
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudflare_api.rate_limit import RateLimit
from collector.health import Health
from collector.rows import Poll
from contract.metrics import BY_NAME, HEALTH_NAMESPACE, METRICS, Emitter, Route
from contract.raw import Outcome, Reason
from tests.unit.examples import LIMITED, MINUTE, application, failed_poll, good, poll, zone

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

LOGGED = {metric.name for metric in METRICS if metric.route is Route.LOG and metric.emitter is Emitter.COLLECTOR}


def emitted(health: Health, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    capsys.readouterr()
    health.emit()
    return [json.loads(line, parse_constant=pytest.fail) for line in capsys.readouterr().out.splitlines()]


def values(blobs: list[dict[str, Any]]) -> dict[tuple[str, tuple[str, ...]], list[float]]:
    """All values by metric and dimension values; every blob checked against what is declared."""
    found: dict[tuple[str, tuple[str, ...]], list[float]] = {}
    for blob in blobs:
        assert blob["_aws"]["Timestamp"] == MINUTE.timestamp() * 1000
        (directive,) = blob["_aws"]["CloudWatchMetrics"]
        assert directive["Namespace"] == HEALTH_NAMESPACE
        (dimensions,) = directive["Dimensions"]
        for metric in directive["Metrics"]:
            declared = BY_NAME[metric["Name"]]
            assert (declared.unit, declared.route) == (metric["Unit"], Route.LOG)
            assert tuple(dimensions) in declared.dimensions
            key = (metric["Name"], tuple(blob[name] for name in dimensions))
            assert 0 < len(blob[metric["Name"]]) <= 100
            found.setdefault(key, []).extend(blob[metric["Name"]])
        assert set(blob) == {"_aws", *dimensions, *(metric["Name"] for metric in directive["Metrics"])}
    return found


def health_of(*polls: Poll) -> Health:
    health = Health("main", MINUTE)
    health.add_polls(polls, {zone(1).id: "one", zone(2).id: "two"})
    return health


def test_exactly_the_declared_metrics_of_this_path_can_be_emitted(capsys: pytest.CaptureFixture[str]) -> None:
    health = health_of(poll(zone(1), [application()]), failed_poll(zone(2)))
    health.add_rate_limit([good(remaining=1100)])
    for metric in LOGGED - set(health.values) - {"Failures", "ZoneDown"}:
        health.add(metric, 1)
    found = values(emitted(health, capsys))
    assert {name for name, _ in found} == LOGGED
    assert found[("Failures", ("main", "server_error"))] == [1.0]
    assert found[("ZoneDown", ("main", "two"))] == [1.0]


def test_a_metric_that_is_not_declared_cannot_be_emitted() -> None:
    health = Health("main", MINUTE)
    health.add("Undeclared", 1)
    with pytest.raises(KeyError, match="Undeclared"):
        health.emit()


def test_a_good_minute_is_one_line_without_the_sparse_ones(capsys: pytest.CaptureFixture[str]) -> None:
    blobs = emitted(health_of(poll(zone(1)), poll(zone(2))), capsys)
    assert len(blobs) == 1
    assert values(blobs) == {
        ("RequestsCollected", ("main",)): [2.0],
        ("RequestsFailed", ("main",)): [0.0],
        ("RequestsSkipped", ("main",)): [0.0],
        ("Attempts", ("main",)): [2.0],
        ("ApiLatency", ("main",)): [20.0, 20.0],
    }


def test_there_is_one_line_for_each_dimension_set(capsys: pytest.CaptureFixture[str]) -> None:
    skipped = poll(zone(2), outcome=Outcome.SKIPPED, reason=Reason.DEADLINE, http_status=None, attempts=0)
    blobs = emitted(health_of(failed_poll(zone(1)), skipped), capsys)
    sets = Counter(tuple(blob["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) for blob in blobs)
    assert sets == {("Source",): 1, ("Source", "Reason"): 2, ("Source", "Zone"): 2}


@pytest.mark.parametrize("count", [99, 100, 101, 250])
def test_many_latencies_take_more_lines_and_none_is_lost_or_doubled(
    count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    found = values(emitted(health_of(*(poll(zone(1), latency_ms=n) for n in range(count))), capsys))
    assert found[("ApiLatency", ("main",))] == [float(n) for n in range(count)]
    assert found[("RequestsCollected", ("main",))] == [float(count)]
    assert found[("Attempts", ("main",))] == [float(count)]


def test_a_request_without_an_answer_has_no_latency() -> None:
    assert "ApiLatency" not in health_of(failed_poll(zone(1), http_status=None, latency_ms=10_000)).values


def test_one_failed_colo_takes_its_zone_down_once(capsys: pytest.CaptureFixture[str]) -> None:
    polls = [poll(zone(1), colo="LHR"), failed_poll(zone(1), colo="AMS"), failed_poll(zone(1), colo="FRA")]
    found = values(emitted(health_of(*polls), capsys))
    assert found[("ZoneDown", ("main", "one"))] == [1.0]
    assert found[("Failures", ("main", "server_error"))] == [2.0]


def test_of_the_rate_limit_the_lowest_remainder_counts() -> None:
    health = Health("main", MINUTE)
    health.add_rate_limit([good(remaining=900), LIMITED, good(remaining=300)])
    assert health.values == {"RateLimitRemaining": [300], "RateLimitUsed": [75.0]}


def test_the_largest_used_share_counts_though_less_is_left_of_a_smaller_limit() -> None:
    health = Health("main", MINUTE)
    nearly, small = replace(good(), rate_limit=RateLimit(60, 1200)), replace(good(), rate_limit=RateLimit(10, 20))
    health.add_rate_limit([small, nearly, small])
    assert health.values == {"RateLimitRemaining": [10], "RateLimitUsed": [95.0]}


def test_without_rate_limit_headers_nothing_is_said_about_it() -> None:
    health = Health("main", MINUTE)
    health.add_rate_limit([good(), LIMITED])
    assert health.values == {}


def test_nothing_measured_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    health = Health("main", MINUTE)
    health.count("MetricsDropped", 0)
    assert emitted(health, capsys) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(
        st.builds(
            lambda number, outcome, latency, attempts: poll(
                zone(number),
                outcome=outcome,
                reason=None if outcome is Outcome.COLLECTED else Reason.SERVER_ERROR,
                latency_ms=latency,
                attempts=attempts,
            ),
            st.integers(1, 2),
            st.sampled_from(Outcome),
            st.none() | st.integers(0, 60_000),
            st.integers(0, 4),
        ),
        max_size=150,
    )
)
def test_every_request_is_counted_once_and_every_value_is_finite(
    capsys: pytest.CaptureFixture[str], polls: list[Poll]
) -> None:
    found = values(emitted(health_of(*polls), capsys))
    requests = [found[(f"Requests{name}", ("main",))][0] for name in ("Collected", "Failed", "Skipped")]
    assert sum(requests) == len(polls)
    failures = sum(sum(numbers) for (name, _), numbers in found.items() if name == "Failures")
    assert failures == requests[1] + requests[2]
    assert all(math.isfinite(number) for numbers in found.values() for number in numbers)

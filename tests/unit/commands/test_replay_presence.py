"""Which series CloudWatch has a sample of."""

from datetime import timedelta
from typing import Any, cast

import pytest

from commands._aws import CommandFailed
from commands._minutes import MINUTE as ONE
from commands._minutes import Span
from commands.replay.plan import MOST_POINTS, MOST_QUERIES, ExistingSamples, Name
from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from tests.unit.commands.cloudwatch import CloudWatch
from tests.unit.examples import MINUTE, client_error

HOUR = Span(MINUTE, MINUTE + 59 * ONE)


def name(number: int) -> Name:
    return "BytesIngress", (("Zone", f"zone{number}"),)


def presence(cloudwatch: CloudWatch) -> ExistingSamples:
    return ExistingSamples(cast(Any, cloudwatch))


def test_what_is_there_is_told_by_series_and_minute_over_all_pages() -> None:
    cloudwatch = CloudWatch()
    kept = {(name(1), MINUTE), (name(1), MINUTE + 5 * ONE), (name(1), MINUTE + 59 * ONE), (name(2), MINUTE)}
    for each, minute in kept:
        cloudwatch.kept[TRAFFIC_NAMESPACE, *each, minute] += 1
    cloudwatch.kept[HEALTH_NAMESPACE, *name(3), MINUTE] += 1
    cloudwatch.kept[TRAFFIC_NAMESPACE, *name(3), MINUTE - ONE] += 1
    cloudwatch.kept[TRAFFIC_NAMESPACE, *name(3), MINUTE + 60 * ONE] += 1
    assert presence(cloudwatch).of(TRAFFIC_NAMESPACE, {name(1), name(2), name(3)}, HOUR) == kept


@pytest.mark.parametrize(("series", "minutes"), [(1_201, 1), (1_201, 201), (1_201, 20_160), (3, 60), (1, 200_000)])
def test_no_request_asks_for_more_than_cloudwatch_answers_at_once(series: int, minutes: int) -> None:
    cloudwatch = CloudWatch()
    span = Span(MINUTE, MINUTE + (minutes - 1) * ONE)
    presence(cloudwatch).of(TRAFFIC_NAMESPACE, {name(number) for number in range(series)}, span)
    queries = [len(asked["MetricDataQueries"]) for asked in cloudwatch.asked]
    assert sum(queries) == series
    assert max(queries) <= MOST_QUERIES
    assert max(queries) * minutes <= MOST_POINTS or max(queries) == 1
    assert {(asked["EndTime"] - asked["StartTime"]) for asked in cloudwatch.asked} == {timedelta(minutes=minutes)}


def test_nothing_is_asked_about_nothing() -> None:
    cloudwatch = CloudWatch()
    assert presence(cloudwatch).of(TRAFFIC_NAMESPACE, set(), HOUR) == set()
    assert cloudwatch.asked == []


@pytest.mark.parametrize("status", ["InternalError", "PartialData", "Forbidden"])
def test_what_cloudwatch_does_not_say_is_not_taken_for_absent(status: str) -> None:
    cloudwatch = CloudWatch()
    cloudwatch.status = status
    with pytest.raises(CommandFailed, match=f"did not say of 1 series .*BytesIngress .*zone1.*: {status}"):
        presence(cloudwatch).of(TRAFFIC_NAMESPACE, {name(1)}, HOUR)


def test_an_error_in_an_earlier_page_is_not_forgotten() -> None:
    class Stumbling(CloudWatch):
        def paginate(self, **asked: Any) -> Any:
            for page, status in zip(super().paginate(**asked), ("InternalError", "Complete"), strict=True):
                yield {"MetricDataResults": [{**result, "StatusCode": status} for result in page["MetricDataResults"]]}

    with pytest.raises(CommandFailed, match="InternalError"):
        presence(Stumbling()).of(TRAFFIC_NAMESPACE, {name(1)}, HOUR)


def test_a_series_that_the_answer_leaves_out_is_not_taken_for_absent() -> None:
    class Forgetful(CloudWatch):
        def paginate(self, **_asked: Any) -> Any:
            yield {"MetricDataResults": []}

    with pytest.raises(CommandFailed, match="no answer"):
        presence(Forgetful()).of(TRAFFIC_NAMESPACE, {name(1)}, HOUR)


def test_when_it_does_not_answer_at_all_the_command_is_told() -> None:
    class Down(CloudWatch):
        def paginate(self, **_asked: Any) -> Any:
            raise client_error("Throttling", 400, "GetMetricData")

    with pytest.raises(CommandFailed, match="what CloudWatch holds of 2026-11-23T10:00 to 2026-11-23T10:59: Throttl"):
        presence(Down()).of(TRAFFIC_NAMESPACE, {name(1)}, HOUR)

"""Saved minutes that CloudWatch does not have."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from compactor.bucket import unpublished
from tests.unit.compactor.lake import MORNING, START, CloudWatch, Lake, metrics
from tests.unit.examples import client_error, lines

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

NOW = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)
NUMBERS = st.frozensets(st.integers(0, 10_000), max_size=30)


def minutes(*numbers: int) -> frozenset[datetime]:
    return frozenset(START - timedelta(days=6) + timedelta(minutes=number) for number in numbers)


def missing(cloudwatch: CloudWatch, saved: dict[str, frozenset[datetime]]) -> dict[str, frozenset[datetime]]:
    return unpublished(cast("CloudWatchClient", cloudwatch), saved, NOW)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    printed = metrics(capsys.readouterr().out).get("UnpublishedMinutes", [])
    return {dimensions["Source"]: values[0] for dimensions, values in printed}


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.tuples(NUMBERS, NUMBERS)), st.integers(1, 20))
def test_it_is_what_is_saved_less_what_is_published_however_the_answer_is_paged(
    sources: dict[str, tuple[frozenset[int], frozenset[int]]], page: int
) -> None:
    cloudwatch = CloudWatch()
    cloudwatch.page = page
    cloudwatch.published = {source: set(minutes(*published)) for source, (_, published) in sources.items()}
    found = missing(cloudwatch, {source: minutes(*saved) for source, (saved, _) in sources.items()})
    assert found == {source: minutes(*(saved - published)) for source, (saved, published) in sources.items()}


def test_a_minute_is_looked_for_once_it_is_a_quarter_of_an_hour_old() -> None:
    edge = NOW - timedelta(minutes=15)
    found = missing(CloudWatch(), {"main": frozenset({edge, edge - timedelta(minutes=1)})})
    assert found == {"main": {edge - timedelta(minutes=1)}}


def test_when_nothing_is_old_enough_cloudwatch_is_not_asked() -> None:
    cloudwatch = CloudWatch()
    assert missing(cloudwatch, {"main": frozenset({NOW})}) == {"main": frozenset()}
    assert cloudwatch.asked == []


def test_the_question_is_for_samples_of_the_marker_by_minute() -> None:
    cloudwatch = CloudWatch()
    missing(cloudwatch, {"main": minutes(0, 10)})
    (asked,) = cloudwatch.asked
    assert (asked["StartTime"], asked["EndTime"]) == (min(minutes(0)), min(minutes(11)))
    (query,) = asked["MetricDataQueries"]
    assert query["MetricStat"] == {
        "Metric": {
            "Namespace": "Cloudflare/Spectrum/Collector",
            "MetricName": "Published",
            "Dimensions": [{"Name": "Source", "Value": "main"}],
        },
        "Period": 60,
        "Stat": "SampleCount",
    }


def test_more_sources_than_one_request_takes_are_asked_for_in_several() -> None:
    cloudwatch = CloudWatch()
    found = missing(cloudwatch, {f"source-{number}": minutes(1) for number in range(1100)})
    assert len(found) == 1100
    assert [len(asked["MetricDataQueries"]) for asked in cloudwatch.asked] == [500, 500, 100]


@pytest.mark.parametrize("status", ["InternalError", "Forbidden", "PartialData"])
def test_a_source_that_is_not_answered_for_whole_is_unknown_and_not_zero(status: str) -> None:
    cloudwatch = CloudWatch()
    cloudwatch.status["b"] = status
    assert missing(cloudwatch, {"a": minutes(1), "b": minutes(1)}) == {"a": minutes(1)}


@pytest.mark.parametrize("name", ["Main", "a b", "ü", "x" * 33, ":a"])
def test_a_source_that_cannot_be_configured_spoils_no_others_answer(name: str) -> None:
    cloudwatch = CloudWatch()
    assert missing(cloudwatch, {name: minutes(1), "main": minutes(1)}) == {"main": minutes(1)}
    assert len(cloudwatch.asked[0]["MetricDataQueries"]) == 1


def test_zero_is_said_too(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lake.save_day(3, sources=("main", "other"))
    lake.cloudwatch.published = {"main": {START + timedelta(minutes=n) for n in range(3)}, "other": {START}}
    lake.run()
    assert told(capsys) == {"main": 0.0, "other": 2.0}
    (said,) = [each for each in lines(lake.written) if "docs/operations.md#not-published" in each["message"]]
    assert (said["source"], said["count"], said["minutes"]) == ("other", 2, ["2026-11-22 00:01 to 00:02"])


def test_the_last_seven_closed_days_and_the_open_one_are_looked_at(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    for back in (-1, 0, 6, 7):
        lake.save(START - timedelta(days=back))
    lake.run()
    assert told(capsys) == {"main": 3.0}


@pytest.mark.parametrize(
    "fault",
    [
        client_error("AccessDenied", 403, "GetMetricData"),
        client_error("InternalFailure", 500, "GetMetricData"),
        ReadTimeoutError(endpoint_url="https://monitoring"),
        RecursionError("as botocore does"),
    ],
)
def test_when_cloudwatch_does_not_answer_nothing_is_said_and_the_rest_goes_on(
    lake: Lake, capsys: pytest.CaptureFixture[str], fault: Exception
) -> None:
    lake.save_day(3)
    lake.cloudwatch.fault = fault
    lake.run()
    assert told(capsys) == {}
    assert len(lake.listed("history/")) == 2
    (said,) = [each for each in lines(lake.written) if each["message"] == "not known which minutes are published"]
    assert said["level"] == "WARNING"


def test_a_source_without_an_answer_is_named(lake: Lake) -> None:
    lake.save_day(1, sources=("main", "other"))
    lake.cloudwatch.status["other"] = "InternalError"
    lake.run(now=MORNING)
    (said,) = [each for each in lines(lake.written) if each["message"] == "not known which minutes are published"]
    assert said["sources"] == ["other"]

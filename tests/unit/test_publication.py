"""Data to CloudWatch: everything, in order, and nothing twice."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ParamValidationError,
    ProxyConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError
from hypothesis import given
from hypothesis import strategies as st

from collector.publisher import BATCH, Publication, Publisher, PutResult, fate_of
from collector.series import Datum, Sample
from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from tests.unit.examples import MINUTE, client_error
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

UNTIL = 1010.0
"""Ten seconds after the fake clock's beginning."""

URL = "https://monitoring.us-east-1.amazonaws.com"
THROTTLED = client_error("Throttling", 400, "PutMetricData")
INVALID = client_error("InvalidParameterValue", 400, "PutMetricData")
BROKEN = client_error("InternalServiceFault", 500, "PutMetricData")
SLOW = ReadTimeoutError(endpoint_url=URL)
NOT_REACHED = EndpointConnectionError(endpoint_url=URL)


class CloudWatch:
    """Takes data, or fails as a test says: `fail` gets the number of the request, from 0."""

    def __init__(self, fail: Callable[[int], Exception | None] = lambda _request: None) -> None:
        self.requests: list[tuple[str, list[str]]] = []
        self.closed_before = -1
        self._fail = fail

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        number = len(self.requests)
        self.requests.append((Namespace, [datum["MetricName"] for datum in MetricData]))
        if (error := self._fail(number)) is not None:
            raise error

    def close(self) -> None:
        self.closed_before = len(self.requests)


def failing(*errors: Exception) -> CloudWatch:
    """Fails with these, one after the other, and then no more."""
    return CloudWatch(lambda number: errors[number] if number < len(errors) else None)


def data(count: int) -> list[Datum]:
    return [Datum("BytesIngress", (("Zone", f"zone{number}"),), float(number)) for number in range(count)]


def publish(cloudwatch: CloudWatch, count: int = 3, time: FakeTime | None = None, until: float = UNTIL) -> Publication:
    passing = time or FakeTime()
    publisher = Publisher(cast("CloudWatchClient", cloudwatch), passing.monotonic, passing.sleep)
    return publisher.publish(data(count), "main", MINUTE, until)


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (THROTTLED, PutResult.AGAIN),
        (client_error("ThrottlingException", 503, "PutMetricData"), PutResult.AGAIN),
        (client_error("RequestLimitExceeded", 503, "PutMetricData"), PutResult.AGAIN),
        (client_error("Whatever", 429, "PutMetricData"), PutResult.AGAIN),
        (NOT_REACHED, PutResult.AGAIN),
        (ConnectTimeoutError(endpoint_url=URL), PutResult.AGAIN),
        (ProxyConnectionError(proxy_url=URL), PutResult.AGAIN),
        (INVALID, PutResult.REFUSED),
        (client_error("AccessDenied", 403, "PutMetricData"), PutResult.REFUSED),
        (client_error("413", 413, "PutMetricData"), PutResult.REFUSED),
        (NoCredentialsError(), PutResult.REFUSED),
        (ParamValidationError(report="x"), PutResult.REFUSED),
        (BROKEN, PutResult.UNKNOWN),
        (client_error("ServiceUnavailable", 503, "PutMetricData"), PutResult.UNKNOWN),
        (SLOW, PutResult.UNKNOWN),
        (ConnectionClosedError(endpoint_url=URL), PutResult.UNKNOWN),
        (SSLError(endpoint_url=URL, error=OSError()), PutResult.UNKNOWN),
        (HTTPClientError(error="x"), PutResult.UNKNOWN),
        (ResponseParserError("x"), PutResult.UNKNOWN),
        (AttributeError("botocore, on a JSON error that is a list"), PutResult.UNKNOWN),
    ],
)
def test_a_failure_proves_what_it_proves(error: Exception, fate: PutResult) -> None:
    assert fate_of(error) is fate


def test_everything_goes_and_the_marker_goes_last_alone() -> None:
    cloudwatch = CloudWatch()
    publication = publish(cloudwatch)
    assert cloudwatch.requests == [(TRAFFIC_NAMESPACE, ["BytesIngress"] * 3), (HEALTH_NAMESPACE, ["Published"])]
    assert (publication.applied, publication.complete, publication.causes) == (4, True, ())
    assert cloudwatch.closed_before == 0


def test_a_minute_without_data_is_marked_too() -> None:
    cloudwatch = CloudWatch()
    assert publish(cloudwatch, 0).complete
    assert cloudwatch.requests == [(HEALTH_NAMESPACE, ["Published"])]


@given(st.integers(0, 3 * BATCH + 1))
def test_batches_hold_at_most_a_thousand_data_and_together_all(count: int) -> None:
    cloudwatch = CloudWatch()
    assert publish(cloudwatch, count).applied == count + 1
    *batches, marker = cloudwatch.requests
    assert [len(names) for _, names in batches[:-1]] == [BATCH] * (len(batches) - 1)
    assert sum(len(names) for _, names in batches) == count
    assert marker == (HEALTH_NAMESPACE, ["Published"])


@pytest.mark.parametrize(
    "error", [SLOW, BROKEN, ConnectionClosedError(endpoint_url=URL), ResponseParserError("x"), AttributeError("x")]
)
def test_what_may_have_been_taken_is_never_sent_a_second_time_nor_marked(error: Exception) -> None:
    cloudwatch, time = failing(error), FakeTime()
    publication = publish(cloudwatch, 3, time)
    assert len(cloudwatch.requests) == 1
    assert (publication.applied, publication.failed, publication.unknown) == (0, 0, 3)
    assert not publication.complete
    assert time.slept == []


def test_one_unknown_batch_does_not_keep_the_others_back_but_the_marker() -> None:
    cloudwatch = failing(SLOW)
    publication = publish(cloudwatch, 2 * BATCH + 5)
    assert [namespace for namespace, _ in cloudwatch.requests] == [TRAFFIC_NAMESPACE] * 3
    assert (publication.applied, publication.unknown) == (BATCH + 5, BATCH)
    assert publication.causes == ("ReadTimeoutError after 1 tries",)


@pytest.mark.parametrize("error", [THROTTLED, NOT_REACHED])
def test_what_was_certainly_not_taken_is_sent_again_after_a_growing_pause(error: Exception) -> None:
    cloudwatch, time = failing(error, error, error), FakeTime()
    assert publish(cloudwatch, 3, time).complete
    assert len(cloudwatch.requests) == 5
    assert time.slept == pytest.approx([0.4, 0.8, 1.6])


def test_a_refusal_is_not_repeated() -> None:
    cloudwatch = failing(INVALID)
    publication = publish(cloudwatch)
    assert len(cloudwatch.requests) == 1
    assert (publication.failed, publication.unknown, publication.complete) == (3, 0, False)
    assert publication.causes == ("InvalidParameterValue (HTTP 400) on PutMetricData after 1 tries",)


def test_throttling_for_ever_ends_at_the_deadline() -> None:
    time = FakeTime()
    publication = publish(CloudWatch(lambda _number: THROTTLED), 3, time)
    assert (publication.failed, publication.unknown) == (3, 0)
    assert time.now < UNTIL


def test_no_request_begins_past_the_deadline_whatever_the_number_of_batches() -> None:
    time = FakeTime()

    def hang(_number: int) -> Exception:
        time.now += 5
        return SLOW

    cloudwatch = CloudWatch(hang)
    publication = publish(cloudwatch, 10 * BATCH, time)
    assert len(cloudwatch.requests) == 2
    assert (publication.unknown, publication.failed) == (2 * BATCH, 8 * BATCH)


@pytest.mark.parametrize(("error", "counts"), [(SLOW, (3, 0, 1)), (INVALID, (3, 1, 0))])
def test_a_marker_that_fails_leaves_the_minute_to_be_looked_at(error: Exception, counts: tuple[int, int, int]) -> None:
    publication = publish(CloudWatch(lambda number: error if number == 1 else None))
    assert (publication.applied, publication.failed, publication.unknown) == counts
    assert not publication.complete


outcomes = st.sampled_from([None, None, None, THROTTLED, NOT_REACHED, INVALID, SLOW, BROKEN])


@given(st.lists(outcomes, max_size=12), st.integers(0, 4 * BATCH))
def test_whatever_cloudwatch_does_no_datum_can_be_counted_twice(script: list[Exception | None], count: int) -> None:
    taken: list[float] = []

    class Counting(CloudWatch):
        def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
            error = script[len(self.requests)] if len(self.requests) < len(script) else None
            if error is None or fate_of(error) is PutResult.UNKNOWN:
                taken.extend(datum["Value"] for datum in MetricData if Namespace == TRAFFIC_NAMESPACE)
            self.requests.append((Namespace, []))
            if error is not None:
                raise error

    cloudwatch = Counting()
    publication = publish(cloudwatch, count)
    assert len(taken) == len(set(taken)) <= count
    marked = (HEALTH_NAMESPACE, []) in cloudwatch.requests
    assert publication.applied + publication.failed + publication.unknown == count + marked
    assert publication.complete <= (len(taken) == count)


@pytest.mark.usefixtures("aws")
def test_cloudwatch_holds_what_was_sent_at_the_minute_s_own_time() -> None:
    client = boto3.client("cloudwatch", region_name="us-east-1")
    zone = (("Zone", "example.com"),)
    sent = [Datum("Connections", zone, 7.0), Datum("ConnectionDuration", zone, Sample(4.0, 200.0, 10.0, 90.0))]
    assert Publisher(client).publish(sent, "main", MINUTE, float("inf")).complete

    def found(namespace: str, metric: str, name: str, value: str) -> list[tuple[datetime, float, str]]:
        points = client.get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value}],
            StartTime=MINUTE,
            EndTime=MINUTE + timedelta(minutes=1),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return [(point["Timestamp"], point["Sum"], point["Unit"]) for point in points]

    assert found(TRAFFIC_NAMESPACE, "Connections", "Zone", "example.com") == [(MINUTE, 7.0, "Count")]
    assert found(HEALTH_NAMESPACE, "Published", "Source", "main") == [(MINUTE, 1.0, "Count")]


def test_a_statistic_set_goes_as_one() -> None:
    sent: list[dict[str, Any]] = []
    cloudwatch = CloudWatch()
    cloudwatch.put_metric_data = lambda *, Namespace, MetricData: sent.extend(MetricData)  # type: ignore[method-assign]  # noqa: ARG005, N803
    datum = Datum("ConnectionDuration", (("Zone", "z"),), Sample(4.0, 200.0, 10.0, 90.0))
    Publisher(cast("CloudWatchClient", cloudwatch)).publish([datum], "main", MINUTE, float("inf"))
    assert sent[0] == {
        "MetricName": "ConnectionDuration",
        "Dimensions": [{"Name": "Zone", "Value": "z"}],
        "Timestamp": MINUTE,
        "Unit": "Milliseconds",
        "StatisticValues": {"SampleCount": 4.0, "Sum": 200.0, "Minimum": 10.0, "Maximum": 90.0},
    }


def test_no_request_is_larger_than_cloudwatch_takes() -> None:
    session = boto3.Session(aws_access_key_id="-", aws_secret_access_key="-", region_name="us-east-1")
    client = session.client("cloudwatch", config=Config(disable_request_compression=True))
    sizes: list[int] = []

    def measure(request: Any, **_: object) -> AWSResponse:
        sizes.append(len(request.body))
        return AWSResponse(request.url, 200, HTTPHeaders(), None)

    events: Any = client.meta.events
    events.register("before-send.cloudwatch.PutMetricData", measure)
    labels = [(("Zone", "z" * 200), ("Application", f"{number:a>200}")) for number in range(2_000)]
    sample = Sample(count=1e17 / 3, sum=1e17 / 3, minimum=1e17 / 3, maximum=1e17 / 3)
    data = [Datum("ConnectionDuration", dimensions, sample) for dimensions in labels]
    Publisher(client).publish(data, "main", MINUTE, time.monotonic() + 60)
    assert len(sizes) >= 3
    assert max(sizes) < 1_000_000

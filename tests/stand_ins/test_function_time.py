"""The function's clock is the event's, its time-outs are real, and AWS can be called at any simulated time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests.sandbox.function.deployed import DeployedFunction
from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.environment_variables import Sandboxed
from tests.sandbox.function.invocation import Invocation
from tests.stand_ins.bundled import bundle

BUCKET = "time-test-bucket"
TIMEOUT_S = 50
YEARS_END = datetime(2026, 12, 31, 23, 59, 50, 750000, tzinfo=UTC)
LEAP_DAY = datetime(2028, 2, 29, 12, 0, tzinfo=UTC)

HANDLER = """
import time
from datetime import UTC, date, datetime

import boto3

LOADED_AT = time.time()
LOADED_FOR = time.monotonic()
while time.monotonic() < LOADED_FOR + 0.01:
    pass
LOADED_AT_10_MS_LATER = time.time()

def handler(event, context):
    result = {
        "loaded_at": [LOADED_AT, LOADED_AT_10_MS_LATER],
        "time": time.time(),
        "datetime": datetime.now(UTC).isoformat(),
        "local": datetime.now().isoformat(),
        "today": date.today().isoformat(),
        "monotonic": time.monotonic(),
        "remaining_ms": context.get_remaining_time_in_millis(),
    }
    while time.monotonic() < result["monotonic"] + 0.01:
        pass
    result["time_10_ms_later"] = time.time()
    if "bucket" in event:
        s3 = boto3.client("s3")
        s3.put_object(Bucket=event["bucket"], Key="minute", Body=b"row", IfNoneMatch="*")
        result["read"] = s3.get_object(Bucket=event["bucket"], Key="minute")["Body"].read().decode()
    return result
"""


DEPLOYMENT = Deployment(
    name="clock",
    arn="arn:aws:lambda:us-east-1:123456789012:function:clock",
    handler="app.handler",
    runtime="python3.13",
    timeout_s=TIMEOUT_S,
    memory_mb=256,
    variables={},
    log_group="/spectrum/clock",
    log_format="JSON",
    application_log_level="INFO",
    system_log_level="INFO",
    code=bundle(app=HANDLER),
)


@pytest.fixture(scope="module")
def aws() -> Iterator[str]:
    server = ThreadedMotoServer("localhost", 0, verbose=False)
    server.start()
    endpoint_url = f"http://localhost:{server.get_host_and_port()[1]}"
    boto3.client(
        "s3",
        endpoint_url=endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    ).create_bucket(Bucket=BUCKET)
    yield endpoint_url
    server.stop()


@pytest.fixture(scope="module")
def function(aws: str) -> Iterator[DeployedFunction]:
    with DeployedFunction(DEPLOYMENT, Sandboxed(aws)) as function:
        yield function


def run(function: DeployedFunction, at: datetime, event: str = "{}") -> Invocation:
    invocation = function.invoke(event, at)
    assert invocation.ok, invocation.outcome.error_message
    return invocation


@pytest.mark.parametrize("at", [YEARS_END, LEAP_DAY, YEARS_END - timedelta(days=400)])
def test_every_clock_of_the_function_shows_the_events_time(function: DeployedFunction, at: datetime) -> None:
    payload = run(function, at).outcome.payload
    seen = datetime.fromisoformat(payload["datetime"])
    assert at <= seen < at + timedelta(seconds=5)
    assert at.timestamp() <= payload["time"] < at.timestamp() + 5
    assert datetime.fromisoformat(payload["local"]).replace(tzinfo=UTC) >= at
    assert payload["today"] == f"{at:%Y-%m-%d}"


def test_the_clock_stands_at_the_first_events_time_while_the_bundle_is_loaded(function: DeployedFunction) -> None:
    function.recycle()
    assert run(function, LEAP_DAY).outcome.payload["loaded_at"] == [LEAP_DAY.timestamp()] * 2


def test_the_clock_ticks_on_within_an_event(function: DeployedFunction) -> None:
    payload = run(function, YEARS_END).outcome.payload
    assert 0.009 < payload["time_10_ms_later"] - payload["time"] < 5


def test_the_remaining_time_is_the_deployed_timeout(function: DeployedFunction) -> None:
    remaining_ms = run(function, YEARS_END).outcome.payload["remaining_ms"]
    assert TIMEOUT_S * 1000 - 5000 < remaining_ms <= TIMEOUT_S * 1000


def test_monotonic_time_is_real(function: DeployedFunction) -> None:
    before = time.monotonic()
    payload = run(function, LEAP_DAY).outcome.payload
    assert before < payload["monotonic"] < time.monotonic()


def test_boto3_works_at_a_simulated_time(function: DeployedFunction) -> None:
    payload = run(function, LEAP_DAY, f'{{"bucket": "{BUCKET}"}}').outcome.payload
    assert payload["read"] == "row"

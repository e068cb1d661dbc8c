"""What lives as long as the process, from one event to the next."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from collector.errors import NotSaved, RejectedEvent
from tests.unit.examples import BUCKET, LIMITED, NOW, lines, source, zone
from tests.unit.function import EVENT, Function, health, usage, usage_calls
from tests.unit.loopback import Loopback, failure

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")


@pytest.mark.parametrize(
    ("event", "named"),
    [
        ({**EVENT, "scheduled_time": "2026-11-20T10:01:00Z"}, "main"),
        ({**EVENT, "source": "gone", "scheduled_time": "2026-11-20T10:01:00Z"}, "unknown"),
        ({"source": "other"}, "unknown"),
        (None, "unknown"),
    ],
)
def test_a_rejected_event_writes_nothing_and_is_counted(
    event: object, named: str, function: Function, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RejectedEvent):
        function.run(event)
    (blob,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (blob["EventsRejected"], blob["Source"]) == ([1.0], named)
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0


@pytest.mark.parametrize("name", ["gone", "x" * 2_000, "\N{SNOWMAN} \n"])
def test_an_event_of_a_source_that_was_removed_is_counted_and_no_failure(
    name: str, function: Function, s3: "S3Client", cloudflare: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    assert function.run({**EVENT, "source": name}) == {"not_configured": name[:100]}
    (blob,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (blob["EventsRejected"], blob["Source"]) == ([1.0], "unknown")
    (line,) = lines(function.written)
    assert (line["level"], line["not_configured"], line["configured"]) == ("WARNING", name[:100], ["main"])
    assert s3.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 0
    assert cloudflare.paths == []


def test_the_cap_is_told_once_for_each_source_and_not_in_every_minute(cloudflare: Loopback, s3: "S3Client") -> None:
    cloudflare.answer = usage
    capped = [source(zone(number), name=name, metric_limit=0) for number, name in enumerate(("main", "other"), start=1)]
    function = Function(cloudflare, s3, *capped)
    for minute in range(3):
        function.now = NOW + timedelta(minutes=minute)
        for name in ("main", "other"):
            function.run({"source": name, "scheduled_time": f"2026-11-23T10:0{minute + 1}:00Z"})
    told = [line["source"] for line in lines(function.written) if "metric_limit" in line["message"]]
    assert sorted(told) == ["main", "other"]


def test_a_duplicate_in_between_does_not_make_the_cap_news(cloudflare: Loopback, s3: "S3Client") -> None:
    cloudflare.answer = usage
    function = Function(cloudflare, s3, source(zone(1), metric_limit=0))
    for minute in (1, 1, 2):
        function.now = NOW + timedelta(minutes=minute - 1)
        function.run({"source": "main", "scheduled_time": f"2026-11-23T10:0{minute}:00Z"})
    assert sum("metric_limit" in line["message"] for line in lines(function.written)) == 1


def test_a_run_that_fails_to_save_still_tells_the_next_about_the_credential(
    cloudflare: Loopback, s3: "S3Client"
) -> None:
    cloudflare.answer = lambda _path: failure(429, LIMITED.error_code or 0)
    function = Function(cloudflare, s3, source(*(zone(number) for number in range(1, 9))), bucket="no-such-bucket")
    for _ in range(2):
        cloudflare.paths.clear()
        with pytest.raises(NotSaved):
            function.run()
        assert usage_calls(cloudflare) == 1


def test_every_line_of_a_run_names_its_source_and_minute(function: Function) -> None:
    function.run()
    last = lines(function.written)[-1]
    assert (last["message"], last["source"], last["minute"]) == ("minute accounted for", "main", "2026-11-23T10:00Z")
    assert last["correlation_id"] == "main/2026-11-23T10:00Z"


def test_how_old_the_last_good_minute_is_is_told_only_by_a_process_that_knows(
    cloudflare: Loopback, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    function = Function(cloudflare, s3, source(zone(1)), source(zone(2), name="other"))
    ages = []
    for minute, name, good in [
        (1, "main", False),
        (2, "main", True),
        (3, "main", False),
        (4, "main", False),
        (4, "other", False),
        (5, "main", True),
    ]:
        cloudflare.answer = usage if good else lambda _: failure(403, 10000)
        function.now = NOW + timedelta(minutes=minute - 1)
        function.run({"source": name, "scheduled_time": f"2026-11-23T10:0{minute}:00Z"})
        ages.append(health(capsys).get("LastGoodAge"))
    late = (NOW - NOW.replace(second=0, microsecond=0)).total_seconds()
    assert ages == [None, [late], [60 + late], [120 + late], None, [late]]


def test_a_minute_that_was_not_saved_is_not_the_last_good_one(
    cloudflare: Loopback, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    cloudflare.answer = usage
    function = Function(cloudflare, s3, bucket="no-such-bucket")
    with pytest.raises(NotSaved):
        function.run()
    assert "LastGoodAge" not in health(capsys)

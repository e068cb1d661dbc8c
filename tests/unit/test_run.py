"""One minute of one source, from its event to CloudWatch."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ConnectionClosedError

from collector.app_names import CatalogStore
from collector.errors import NotPublished, NotSaved
from contract.raw import catalog_key, raw_key
from tests.unit.examples import BUCKET, MINUTE, NOW, TOKEN, client_error, lines, zone
from tests.unit.function import EVENT, KEY, Function, health, rows, usage, usage_calls
from tests.unit.loopback import Answer, Loopback, failure

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")


def test_a_minute_is_saved_named_published_and_marked(
    function: Function, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    assert function.run() == {"saved": KEY, "collected": 2, "failed": 0, "skipped": 0}
    assert [row["apps"][0]["bytes_egress"] for row in rows(s3)] == [2, 2]
    assert CatalogStore(s3, BUCKET).load("main").zone(zone(1).id).initialized
    assert len(function.traffic()) == 2 * 2 * 4
    assert function.published() == [(MINUTE, "main")]
    found = health(capsys)
    assert (found["RowsSaved"], "CatalogFailures" in found) == ([2.0], False)


def test_a_second_delivery_calls_nobody_and_changes_nothing(
    function: Function, cloudflare: Loopback, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    function.run()
    before = (usage_calls(cloudflare), len(function.data), rows(s3))
    capsys.readouterr()
    assert function.run(run_id="run-2") == {"duplicate_of": KEY}
    assert (usage_calls(cloudflare), len(function.data), rows(s3)) == before
    found = health(capsys)
    assert found["DuplicatesRefused"] == [1.0]
    assert "RowsSaved" not in found


def test_who_loses_the_race_to_write_publishes_nothing(
    function: Function, cloudflare: Loopback, s3: "S3Client"
) -> None:
    def overtaken(path: str) -> Answer:
        s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"", Metadata={"run": "another"})
        return usage(path)

    cloudflare.answer = overtaken
    assert function.run() == {"duplicate_of": KEY}
    assert function.data == []


def test_without_s3_the_rows_are_in_the_log_and_nothing_is_in_cloudwatch(
    cloudflare: Loopback, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    cloudflare.answer = usage
    function = Function(cloudflare, s3, bucket="no-such-bucket")
    with pytest.raises(NotSaved):
        function.run()
    parts = [line["unsaved"] for line in lines(function.written) if "unsaved" in line]
    assert [json.loads(part["text"])["apps"][0]["app_id"] for part in parts] == ["app1", "app2"]
    assert {part["key"] for part in parts} == {KEY}
    assert function.data == []
    found = health(capsys)
    assert (found["SaveFailed"], found["RequestsCollected"]) == ([1.0], [2.0])


def test_a_run_in_which_every_zone_failed_succeeds_and_says_so(
    function: Function, cloudflare: Loopback, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    cloudflare.answer = lambda _path: failure(401, 1000)
    assert function.run() == {"saved": KEY, "collected": 0, "failed": 2, "skipped": 0}
    assert {row["reason"] for row in rows(s3)} == {"unauthorized"}
    assert (function.traffic(), function.published()) == ([], [(MINUTE, "main")])
    assert health(capsys)["CredentialRefused"] == [1.0]


def test_a_missing_secret_is_a_reason_in_every_row(function: Function, cloudflare: Loopback, s3: "S3Client") -> None:
    function.shelf.put("{")
    assert function.run()["skipped"] == 2
    assert {row["reason"] for row in rows(s3)} == {"secret_invalid"}
    assert cloudflare.paths == []


def test_a_late_event_is_written_down_and_not_polled(function: Function, cloudflare: Loopback, s3: "S3Client") -> None:
    function.now = NOW + timedelta(minutes=5)
    assert function.run() == {"saved": KEY, "collected": 0, "failed": 0, "skipped": 2}
    assert {row["reason"] for row in rows(s3)} == {"late_event"}
    assert cloudflare.paths == []
    assert function.traffic() == []


def test_a_late_second_delivery_does_not_touch_the_collected_minute(function: Function, s3: "S3Client") -> None:
    function.run()
    before = rows(s3)
    function.now = NOW + timedelta(minutes=5)
    assert function.run(run_id="run-2") == {"duplicate_of": KEY}
    assert rows(s3) == before


def test_without_names_the_minute_is_saved_and_left_to_replay(
    function: Function, cloudflare: Loopback, s3: "S3Client"
) -> None:
    tries = []

    def cut(**_: object) -> None:
        tries.append(len(cloudflare.paths))
        raise ConnectionClosedError(endpoint_url="https://s3")

    s3.meta.events.register("before-call.s3.GetObject", cut)
    with pytest.raises(NotPublished, match="names could not be read"):
        function.run()
    s3.meta.events.unregister("before-call.s3.GetObject", cut)
    assert tries == [2, 2, 2]
    assert {row["outcome"] for row in rows(s3)} == {"collected"}
    assert function.data == []


@pytest.mark.parametrize("warm", [True, False])
def test_another_zones_answer_is_neither_saved_as_collected_nor_published_nor_remembered(
    warm: bool, function: Function, cloudflare: Loopback, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    function.run()
    known = CatalogStore(s3, BUCKET).load("main")
    later = function if warm else Function(cloudflare, s3)
    later.now = NOW + timedelta(minutes=1)
    later.data.clear()
    capsys.readouterr()
    first, second = zone(1).id, zone(2).id
    cloudflare.answer = lambda path: usage(path.replace(second, first) if "analytics" in path else path)
    summary = later.run({**EVENT, "scheduled_time": "2026-11-23T10:02:00Z"}, run_id="run-2")
    assert (summary["collected"], summary["failed"]) == (1, 1)
    right, wrong = rows(s3, raw_key(MINUTE + timedelta(minutes=1), "main"))
    assert [app["app_id"] for app in right["apps"]] == ["app1"]
    assert (wrong["outcome"], wrong["reason"], wrong["apps"]) == ("failed", "bad_response", [])
    assert (wrong["zone_id"], wrong["http_status"]) == (second, 200)
    assert (
        f"zone {second} was answered with application app1, which is listed in zone {first}" in wrong["error_message"]
    )
    assert len(later.traffic()) == 2 * 4
    assert health(capsys)["RequestsFailed"] == [1.0]
    assert CatalogStore(s3, BUCKET).load("main").timeless() == known.timeless()


def test_zones_whose_names_could_never_be_read_are_counted(
    function: Function, cloudflare: Loopback, capsys: pytest.CaptureFixture[str]
) -> None:
    cloudflare.answer = lambda path: failure(500, 10002) if "/spectrum/apps" in path else usage(path)
    function.run()
    found = health(capsys)
    assert (found["CatalogFailures"], "CatalogAge" in found) == ([2.0], False)


def test_names_wait_for_another_minute_when_their_time_is_over(
    function: Function, cloudflare: Loopback, s3: "S3Client"
) -> None:
    def take_long(**_: object) -> None:
        function.elapsed_s = 46.0

    s3.meta.events.register("before-call.s3.PutObject", take_long)
    assert function.run()["collected"] == 2
    assert usage_calls(cloudflare) == len(cloudflare.paths) == 2
    assert function.published() == [(MINUTE, "main")]


def test_a_refused_publication_fails_the_run_after_the_rows_are_safe(
    function: Function, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(**_: object) -> None:
        raise client_error("AccessDenied", 403, "PutMetricData")

    function.cloudwatch.meta.events.register("before-call.cloudwatch.PutMetricData", refuse)
    with pytest.raises(NotPublished, match="16 refused, 0 unknown: AccessDenied"):
        function.run()
    assert len(rows(s3)) == 2
    assert health(capsys)["PublishFailed"] == [16.0]
    assert s3.head_object(Bucket=BUCKET, Key=catalog_key("main"))


@pytest.mark.parametrize("answer", [failure(403, 10000, f"Bearer {TOKEN}"), Answer(403, f"No auth: {TOKEN}".encode())])
def test_the_token_stands_in_no_row_and_no_log(
    answer: Answer, function: Function, cloudflare: Loopback, s3: "S3Client", capsys: pytest.CaptureFixture[str]
) -> None:
    cloudflare.answer = lambda _path: answer
    function.run()
    everything = json.dumps(rows(s3)) + function.written.getvalue() + capsys.readouterr().out
    assert "[secret]" in everything
    assert TOKEN[:10] not in everything

"""`make replay`: what is in S3 and not in CloudWatch is published, each series once, whatever had happened."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from tests.end_to_end.operator import Operator, module
from tests.end_to_end.stack import ZONES, world
from tests.end_to_end.truth import assert_whole, expected, published
from tests.end_to_end.waiting import wait_until
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.aws.double import TESTER
from tests.sandbox.cloudflare import Fault
from tests.sandbox.command import CommandError, run
from tests.sandbox.deploy import PROJECT
from tests.sandbox.sandbox import Sandbox

EVENT, MINUTE = "2026-11-23T10:01:00Z", "2026-11-23T10:00"
LATER = "2026-11-23T11:00"


@pytest.fixture
def operator(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    """Somebody who may do everything in this account."""
    return Operator(sandbox, tmp_path, monkeypatch, capsys)


def of_cloudwatch(
    kind: str, key: str = TRAFFIC_NAMESPACE, times: int | None = 1, operation: str = "PutMetricData"
) -> AwsFault:
    """A fault of CloudWatch, whoever calls."""
    return AwsFault(kind, service="cloudwatch", operation=operation, key=key, times=times)  # type: ignore[arg-type]


def not_published(sandbox: Sandbox, *faults: AwsFault, event: str = EVENT, source: str = "main") -> None:
    """Let a minute be saved, and not, or not wholly, published."""
    with sandbox.aws.faults.active(*faults):
        assert sandbox.run(event, source=source).outcome.error_type == "NotPublished"


def sent_by_operator(sandbox: Sandbox) -> list[int]:
    """How many data each of the operator's requests held, markers aside."""
    calls = sandbox.aws.calls.of("PutMetricData")
    return [
        len(call.parameters["MetricData"]) for call in calls if call.caller == TESTER and call.key == TRAFFIC_NAMESPACE
    ]


def assert_published(sandbox: Sandbox, minute: str = MINUTE, source: str = "main", *, first: bool = True) -> None:
    """CloudWatch has exactly this minute, and says so."""
    assert published(sandbox, minute) == expected(sandbox, minute, source, first=first)
    assert [datum.sum for datum in sandbox.health("Published", minute, Source=source)] == [1]


@pytest.mark.parametrize("fault", ["hang", "hang_answer"])
def test_a_minute_whose_run_was_killed_between_s3_and_cloudwatch(
    sandbox: Sandbox, operator: Operator, fault: str
) -> None:
    sandbox.aws.faults.add(of_cloudwatch(fault))
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(sandbox.run, EVENT)
        wait_until(lambda: list(sandbox.all_traffic()) if fault == "hang_answer" else not sandbox.aws.faults.pending())
        sandbox.function.kill()
    assert run.result().killed
    # The killed run had not kept its names: those that the next one keeps serve.
    assert sandbox.run("2026-11-23T10:02:00Z").ok
    told = operator.replay(at=LATER)
    assert told.status == 0, told
    assert_published(sandbox)
    assert sent_by_operator(sandbox) == ([len(expected(sandbox, MINUTE, first=True))] if fault == "hang" else [])


@pytest.mark.parametrize(("kind", "applied"), [("drop_answer", True), ("fail_answer", True), ("drop", False)])
def test_what_may_have_been_taken_is_sent_only_if_it_was_not(
    sandbox: Sandbox, operator: Operator, kind: str, applied: bool
) -> None:
    not_published(sandbox, of_cloudwatch(kind))
    whole = len(expected(sandbox, MINUTE, first=True))
    told = operator.replay(at=LATER)
    assert told.status == 0, told
    sent, there = (0, whole) if applied else (whole, 0)
    assert f"{MINUTE} main: {sent} sent, {there} there already" in told.said
    assert_published(sandbox)


def test_of_a_minute_of_which_a_part_was_taken_only_the_rest_is_sent(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("slow"), of_cloudwatch("refuse"), source="large")
    there = len(published(sandbox, MINUTE))
    assert there == 1000
    told = operator.replay(at=LATER)
    assert told.status == 0, told
    assert sent_by_operator(sandbox) == [len(expected(sandbox, MINUTE, "large")) - there]
    assert_published(sandbox, source="large", first=False)


def test_a_minute_that_lacks_only_its_marker_gets_only_that(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse", HEALTH_NAMESPACE))
    told = operator.replay(at=LATER)
    assert told.status == 0, told
    assert sent_by_operator(sandbox) == []
    assert_published(sandbox)


def test_a_minute_whose_names_could_not_be_read(sandbox: Sandbox, operator: Operator) -> None:
    assert sandbox.run(EVENT).ok
    sandbox.function.recycle()
    names = AwsFault("fail", service="s3", operation="GetObject", key="catalog/*", times=None)
    not_published(sandbox, names, event="2026-11-23T10:02:00Z")
    assert operator.replay(at=LATER).status == 0
    minute = "2026-11-23T10:01"
    # Without names an application that Cloudflare leaves out is not known to be idle: S3 has no row of it either.
    assert published(sandbox, minute) == expected(sandbox, minute, first=True)


def test_names_are_those_of_the_minute_whatever_happened_to_the_applications_since(
    sandbox: Sandbox, operator: Operator
) -> None:
    zone = ZONES["main"][0]
    renamed = replace(zone.applications[0], dns_name="renamed.example")
    assert sandbox.run(EVENT).ok
    minute, unpublished = "2026-11-23T10:01", of_cloudwatch("refuse")
    not_published(sandbox, unpublished, event="2026-11-23T10:02:00Z")
    sandbox.cloudflare.world = world().with_zone(replace(zone, applications=(renamed, *zone.applications[2:])))
    for event in ("2026-11-23T11:02:00Z", "2026-11-23T11:03:00Z", "2026-11-23T11:04:00Z"):
        assert sandbox.run(event).ok
    assert "renamed.example" in sandbox.text("catalog/main.json")
    assert operator.replay(at="2026-11-23T11:30").status == 0
    sandbox.cloudflare.world = world()
    assert published(sandbox, minute) == expected(sandbox, minute)


def test_of_an_application_that_has_just_gone_neither_run_nor_replay_publishes_the_last_zeros(
    sandbox: Sandbox, operator: Operator
) -> None:
    zone = ZONES["main"][1]
    idle = zone.applications[-1]
    for event in (EVENT, "2026-11-23T10:02:00Z"):
        assert sandbox.run(event).ok
    sandbox.cloudflare.world = world().with_zone(replace(zone, applications=zone.applications[:-1]))
    # The lists are read again after an hour, a zone a minute, after the minute was saved.
    reread = [f"2026-11-23T11:{minute:02}" for minute in (1, 2, 3)]
    for minute in reread:
        not_published(sandbox, of_cloudwatch("refuse"), event=f"{minute[:-1]}{int(minute[-1]) + 1}:00Z")
    zeros = [minute for minute in reread if idle.id in {app["app_id"] for app in sandbox.rows(minute)[1]["apps"]}]
    assert operator.replay(at="2026-11-23T11:30").status == 0
    label = {"Zone": zone.name, "Application": f"{idle.dns_name} {idle.protocol}"}
    *before, last = zeros
    assert [len(sandbox.traffic("BytesIngress", minute, **label)) for minute in before] == [1] * len(before)
    assert sandbox.traffic("BytesIngress", last, **label) == []


def test_a_second_replay_has_nothing_to_send(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse"))
    assert sandbox.run("2026-11-23T10:02:00Z").ok
    assert operator.replay(at=LATER).status == 0
    before = sent_by_operator(sandbox)
    again = operator.replay(at=LATER)
    assert again.status == 0
    assert "All 2 saved minutes are published." in again.said
    assert sent_by_operator(sandbox) == before
    assert_published(sandbox)


def test_a_replay_that_goes_wrong_sends_nothing_twice_either(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse"))
    with sandbox.aws.faults.active(of_cloudwatch("drop_answer")):
        doubtful = operator.replay(at=LATER)
    assert doubtful.status == 1
    assert "NOT WHOLE: 0 sent" in doubtful.said
    assert "0 of 1 minutes are published now" in doubtful.said
    early = operator.replay(at="2026-11-23T11:10")
    assert early.status == 1
    assert "CloudWatch may not show that before 2026-11-23T11:15: replay it then" in early.said
    assert operator.replay(at="2026-11-23T11:20").status == 0
    assert_published(sandbox)


def test_a_replay_that_was_refused_can_be_run_again_at_once(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse"))
    with sandbox.aws.faults.active(of_cloudwatch("refuse", times=None)):
        assert operator.replay(at=LATER).status == 1
    assert operator.replay(at=LATER).status == 0
    assert_published(sandbox)


def test_while_cloudwatch_does_not_say_what_it_has_nothing_is_sent(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse"))
    with sandbox.aws.faults.active(
        of_cloudwatch("refuse", key="*", times=None, operation="GetMetricData"),
    ):
        told = operator.replay(at=LATER)
    assert told.status == 1
    assert "AWS did not say what CloudWatch holds" in told.complained
    assert sent_by_operator(sandbox) == []


def test_a_dry_run_sends_nothing_and_says_what_it_would(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse"))
    told = operator.replay("--dry-run", at=LATER)
    assert told.status == 0
    assert f"main: 1 minute: {MINUTE}" in told.said
    assert "asks CloudWatch for at most 52 metrics and sends it at most 2 requests: less than $0.01" in told.said
    assert f"{MINUTE} main: {len(expected(sandbox, MINUTE, first=True))} to be sent, 0 there already" in told.said
    assert sent_by_operator(sandbox) == []
    assert sandbox.keys("reports/") == []


def test_only_the_minutes_and_sources_that_are_asked_for_are_published(sandbox: Sandbox, operator: Operator) -> None:
    for event in (EVENT, "2026-11-23T10:02:00Z"):
        for source in ("main", "edge"):
            not_published(sandbox, of_cloudwatch("refuse"), event=event, source=source)
    assert operator.replay("--source", "edge", "--minute", MINUTE, at=LATER).status == 0
    assert published(sandbox, MINUTE) == expected(sandbox, MINUTE, "edge", first=True)
    assert published(sandbox, "2026-11-23T10:01") == {}
    told = operator.replay(at=LATER)
    assert told.status == 0
    assert "3 of 3 minutes are published now" in told.said


def test_a_zone_that_failed_stays_unknown(sandbox: Sandbox, operator: Operator) -> None:
    failed = ZONES["main"][0]
    assert sandbox.run(EVENT).ok
    sandbox.cloudflare.faults.add(Fault("no_route_7000", zone=failed.id, minutes="2026-11-23T10:01"))
    not_published(sandbox, of_cloudwatch("refuse"), event="2026-11-23T10:02:00Z")
    assert operator.replay(at=LATER).status == 0
    minute = "2026-11-23T10:01"
    assert published(sandbox, minute) == expected(sandbox, minute, without=[failed.id])


@pytest.mark.parametrize(
    ("minute", "said"),
    [
        ("2026-11-09T11:00", "2026-11-09T11:00 is too old: CloudWatch takes two weeks, now from 2026-11-09T11:01 on"),
        ("2026-11-23T10:46", "2026-11-23T10:46 is too young: its own run may still publish it"),
    ],
)
def test_minutes_that_cannot_be_replayed_are_refused(
    sandbox: Sandbox, operator: Operator, minute: str, said: str
) -> None:
    told = operator.replay("--minute", minute, at=LATER)
    assert told.status == 1
    assert said in told.complained
    assert len(sandbox.aws.calls.of(service="cloudwatch")) == 0


def test_a_configuration_that_was_not_deployed_publishes_nothing(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse"))
    operator.config.write_text(operator.config.read_text().replace(ZONES["main"][2].id, "f" * 32))
    told = operator.replay(at=LATER)
    assert told.status == 1
    assert f"NOT SENT: zone {ZONES['main'][2].id} is not polled by source main of the configuration" in told.said
    assert sent_by_operator(sandbox) == []
    unknown = operator.replay("--source", "mian", at=LATER)
    assert unknown.status == 1
    assert "has no source mian: it has edge, large, main, new, wide" in unknown.complained


def test_as_make_runs_it_it_says_what_is_missing_without_credentials_and_asks_with_them(operator: Operator) -> None:
    environment = {**operator.environment, "PATH": "/usr/bin:/bin", "PYTHONPATH": "lambda"}
    command = (*module("replay"), "--config", str(operator.config))
    none = {name: value for name, value in environment.items() if "ACCESS_KEY" not in name}
    with pytest.raises(CommandError, match=r"(?s)ended with status 1:.*No AWS credentials.*aws sso login"):
        run(command, environment=none, folder=PROJECT)
    with pytest.raises(CommandError, match=r"(?s)ended with status 1:.*S3 has no minute, "):
        run(command, environment=environment, folder=PROJECT)


def test_s3_keeps_what_it_had(sandbox: Sandbox, operator: Operator) -> None:
    not_published(sandbox, of_cloudwatch("refuse"))
    assert operator.replay(at=LATER).status == 0
    assert_whole(sandbox, MINUTE)
    assert sandbox.keys("reports/") == [
        "reports/replay/dt=2026-11-23/1000-main/1-published.json",
        "reports/replay/dt=2026-11-23/1000-main/1.json",
    ]

"""Reads what is there after the days: in S3, in CloudWatch, in the log, in the queues, in the views."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from moto.s3.models import s3_backends

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from contract.raw import RAW_PREFIX, RUN_METADATA
from tests.sandbox.aws.backstage import ACCOUNT
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox
from tests.soak.evidence import Evidence, Logged, Message, Point, Saved, Unsaved, Views
from tests.soak.happened import CompactionRun, Delivery


class Queues:
    """Keeps the messages of the queues: what is received is deleted."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.failures: list[Message] = []
        self.undelivered: list[Message] = []

    def read(self) -> None:
        """Take what has come."""
        for body in self._sandbox.queued("FailureQueueUrl"):
            if "source" in body["requestPayload"]:
                self.failures.append(_message(body["requestPayload"]))
        for body in self._sandbox.queued("ScheduleQueueUrl"):
            if "source" in body:
                self.undelivered.append(_message(body))


def _message(event: Mapping[str, str]) -> Message:
    return Message(event["source"], instant(event["scheduled_time"]))


def gather(
    sandbox: Sandbox,
    queues: Queues,
    deliveries: Iterable[Delivery],
    compactions: Iterable[CompactionRun],
    calm_until: datetime,
    *,
    looked_at: datetime | None = None,
    views: Iterable[Views] = (),
    restored: bool = False,
) -> Evidence:
    """Read everything."""
    queues.read()
    errors, reports, unsaved = _log(sandbox)
    return Evidence(
        world=sandbox.cloudflare.world,
        calm_until=calm_until,
        deliveries=tuple(deliveries),
        compactions=tuple(compactions),
        saved=tuple(_saved(sandbox)),
        traffic=tuple(_points(sandbox, TRAFFIC_NAMESPACE)),
        health=tuple(_points(sandbox, HEALTH_NAMESPACE)),
        errors=errors,
        reports=reports,
        unsaved=unsaved,
        failures=tuple(queues.failures),
        undelivered=tuple(queues.undelivered),
        views=tuple(views),
        looked_at=looked_at,
        restored=restored,
    )


def _saved(sandbox: Sandbox) -> Iterable[Saved]:
    """Where moto keeps them: hundreds of objects, three times, over HTTP would take longer than the day."""

    bucket = s3_backends[ACCOUNT]["aws"].buckets[sandbox.bucket]
    for key in sorted(key for key in bucket.keys if key.startswith(RAW_PREFIX)):
        versions = bucket.keys.getlist(key)
        newest = bucket.keys[key]
        text = gzip.decompress(newest.value).decode()
        yield Saved(
            key,
            newest.metadata[f"x-amz-meta-{RUN_METADATA}"].partition(".")[0],
            len(versions),
            tuple(json.loads(line) for line in text.splitlines()),
        )


def _points(sandbox: Sandbox, namespace: str) -> Iterable[Point]:
    for series, datum in sandbox.aws.metrics.all(namespace):
        yield Point(
            series.name,
            series.dimensions,
            datum.timestamp,
            datum.sample_count,
            datum.sum,
            datum.minimum,
            datum.maximum,
            datum.unit,
        )


def _log(sandbox: Sandbox) -> tuple[tuple[Logged, ...], dict[str, str], tuple[Unsaved, ...]]:
    logs, group = sandbox.aws.client("logs"), sandbox.deployment.outputs["LogGroupName"]
    errors: list[Logged] = []
    reports: dict[str, str] = {}
    parts: defaultdict[tuple[str, str], set[tuple[int, int]]] = defaultdict(set)
    wanted: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if "errorType" in line and "requestId" in line:
                errors.append(Logged(line["requestId"], line["errorType"], line["errorMessage"]))
            elif line.get("type") == "platform.report":
                reports[line["record"]["requestId"]] = line["record"]["status"]
            elif "unsaved" in line:
                part = line["unsaved"]
                place = (part["key"], part["run"])
                parts[place].add((part["line"], part["part"]))
                wanted.setdefault(place, set()).update((part["line"], number) for number in range(part["parts"]))
                wanted[place].update((number, 0) for number in range(part["lines"]))
    unsaved = tuple(
        Unsaved(key, run.partition(".")[0], parts[key, run] == expected) for (key, run), expected in wanted.items()
    )
    return tuple(errors), reports, unsaved


_USAGE: Final = """SELECT minute, source, zone_id, colo, app_id, bytes_ingress, bytes_egress, connections,
    duration_avg_ms, reported FROM cloudflare_spectrum.usage WHERE dt >= '{first}' AND dt <= '{last}'"""
_POLLS: Final = """SELECT minute, source, zone_id, colo, outcome, reason, attempts
    FROM cloudflare_spectrum.polls WHERE dt >= '{first}' AND dt <= '{last}'"""


def ask(sandbox: Sandbox, today: datetime, first: datetime, last: datetime) -> Views:
    """What the views say on that day of everything from the first to the last."""
    sandbox.aws.athena.clock = lambda: today
    found = []
    for sql in (_POLLS, _USAGE):
        answer = sandbox.aws.athena.run(sql.format(first=f"{first:%Y-%m-%d}", last=f"{last:%Y-%m-%d}"))
        names = [column.name for column in answer.columns]
        found.append(tuple(dict(zip(names, row, strict=True)) for row in answer.rows))
    return Views(f"{today:%Y-%m-%d}", *found)

"""The Lambda handler: reads the settings, creates the clients once per process, and runs each event."""

import json
import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.config import Config

from cloudflare_api.client import Transport, utc_now
from collector.app_names import CatalogStore
from collector.credentials import Credentials
from collector.errors import RejectedEvent, SettingsInvalid
from collector.event import Phases, Trigger, read_event
from collector.health import Health
from collector.name_cache import NameCache
from collector.poller import SourceState
from collector.publisher import Publisher
from collector.run import Connections, Run
from collector.store import RawStore
from contract import environment
from contract.environment import SOURCES_FILE
from contract.metrics import UNKNOWN_SOURCE
from contract.sources import Source, SourceEntry, knowing_each_other, source_from

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """The function's settings."""

    bucket: str
    base_url: str
    """Without a trailing slash."""
    sources: Mapping[str, Source]

    @classmethod
    def from_env(cls, env: Mapping[str, str], sources_file: Path) -> "Settings":
        """Read the environment and the bundle's sources.json. Raises SettingsInvalid with every fault at once."""
        faults: list[str] = []
        bucket = env.get(environment.BUCKET, "")
        if not bucket:
            faults.append(f"{environment.BUCKET} is not set: it must name the bucket for raw/ and catalog/")
        base_url = base_url_of(env)
        faults.extend(base_url_faults(base_url))
        sources = _sources(sources_file, faults)
        if faults:
            raise SettingsInvalid("the function is not set up right; deploy again: " + "; ".join(faults))
        return cls(bucket=bucket, base_url=base_url, sources=sources)


def _sources(file: Path, faults: list[str]) -> Mapping[str, Source]:
    sources: dict[str, Source] = {}
    try:
        declared: list[SourceEntry] = json.loads(file.read_text(encoding="utf-8"))["sources"]
        if not declared:
            faults.append(f"{file.name} holds no source")
        for position, each in enumerate(declared):
            try:
                source = source_from(each)
            except (ValueError, KeyError, TypeError) as error:
                faults.append(f"{file.name}, sources[{position}]: {type(error).__name__}: {error}")
            else:
                sources[source.name] = source
        sources = knowing_each_other(sources)
    except (OSError, ValueError, KeyError, TypeError) as error:
        faults.append(f"{file.name} cannot be read: {type(error).__name__}: {error}")
    return sources


def base_url_of(env: Mapping[str, str]) -> str:
    """Where the Cloudflare API answers, by this environment; without a trailing slash."""
    return env.get(environment.BASE_URL, environment.DEFAULT_BASE_URL).rstrip("/")


def base_url_faults(base_url: str) -> list[str]:
    """What is wrong with it: a credential is only ever sent encrypted, or to this machine."""
    try:
        parts = urlsplit(base_url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        return [f"{environment.BASE_URL} is not a URL: {error}"]
    if parts.username or parts.password or parts.query or parts.fragment:
        return [f"{environment.BASE_URL} must hold neither credentials nor a query"]
    if host and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return []
    return [f"{environment.BASE_URL} must be https (http only to this machine), it is {parts.scheme}://{host}"]


MAX_LOGGED: Final = 100
"""Applications that one log line names, of those beyond the cap."""


class Process:
    """Collects the minutes of all sources of the deployment, one event after the other."""

    def __init__(self, settings: Settings, connections: Connections) -> None:
        self._settings = settings
        self._to = connections
        self._memory = {name: SourceState() for name in settings.sources}
        self._last_good: dict[str, datetime] = {}
        self._dropped: dict[str, tuple[str, ...]] = {}

    def run(self, event: object, run_id: str, remaining_ms: int) -> dict[str, Any]:
        """Account for the minute that an event names. Returns a summary.

        Raises CollectorError when operator action is required.

        An event of a source that is not configured is counted, and is no error: when a source is removed,
        CloudFormation deletes its schedule last, after the function has been updated.

        `run_id` is this run's alone, `remaining_ms` what the invocation has left.
        """
        phases = Phases.within(self._to.monotonic(), remaining_ms / 1000)
        trigger = self._trigger(event)
        if trigger.source not in self._settings.sources:
            return self._not_configured(trigger.source)
        minute = f"{trigger.minute:%Y-%m-%dT%H:%MZ}"
        self._to.logger.append_keys(source=trigger.source, minute=minute)
        self._to.logger.set_correlation_id(f"{trigger.source}/{minute}")
        source = self._settings.sources[trigger.source]
        run = Run(
            self._to,
            source,
            trigger,
            run_id=run_id,
            phases=phases,
            memory=self._memory[source.name],
            last_good=self._last_good.get(source.name),
        )
        try:
            summary = run.account()
        finally:
            self._memory[source.name] = run.memory
            if run.last_good is not None:
                self._last_good[source.name] = run.last_good
        self._tell_dropped(source.name, run.series.dropped_apps)
        self._to.logger.info("minute accounted for", **summary)
        return summary

    def _trigger(self, event: object) -> Trigger:
        try:
            return read_event(event, self._to.clock())
        except RejectedEvent:
            named = event.get("source") if isinstance(event, dict) else None
            self._count_rejected(
                named if isinstance(named, str) and named in self._settings.sources else UNKNOWN_SOURCE
            )
            raise

    def _not_configured(self, source: str) -> dict[str, Any]:
        self._count_rejected(UNKNOWN_SOURCE)
        self._to.logger.warning(
            "source is not configured, nothing was collected: docs/operations.md#remove-or-rename-a-source",
            not_configured=source[:100],
            configured=sorted(self._settings.sources),
        )
        return {"not_configured": source[:100]}

    def _count_rejected(self, source: str) -> None:
        health = Health(source, self._to.clock())
        health.add("EventsRejected", 1)
        health.emit()

    def _tell_dropped(self, source: str, apps: tuple[str, ...]) -> None:
        if apps and apps != self._dropped.get(source):
            self._to.logger.warning(
                "metric_limit leaves applications out of CloudWatch; S3 has them",
                count=len(apps),
                applications=apps[:MAX_LOGGED],
            )
            self._dropped[source] = apps


AWS_CLIENTS: Final = Config(
    # botocore's own time-outs (60 s) and retries would outlast the function; the collector retries by its deadline.
    connect_timeout=1,
    read_timeout=4,
    retries={"mode": "standard", "total_max_attempts": 1},
    request_min_compression_size_bytes=1024,
)

logger = Logger(service="spectrum-meter")
# At DEBUG botocore logs whole answers, the secret's among them.
for library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(library).setLevel(logging.WARNING)


@cache
def _process() -> Process:
    settings = Settings.from_env(os.environ, Path(__file__).parent.parent / SOURCES_FILE)
    s3 = boto3.client("s3", config=AWS_CLIENTS)
    connections = Connections(
        cloudflare=Transport(settings.base_url),
        credentials=Credentials(
            SecretsProvider(boto3_client=boto3.client("secretsmanager", config=AWS_CLIENTS)), logger
        ),
        raw=RawStore(s3, settings.bucket),
        names=NameCache(CatalogStore(s3, settings.bucket), logger),
        publisher=Publisher(boto3.client("cloudwatch", config=AWS_CLIENTS)),
        logger=logger,
        clock=utc_now,
    )
    return Process(settings, connections)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Account for the minute that the event names. See `run`."""
    # Lambda may hand over one event twice, under one request id: what tells the two runs apart must be their own.
    run_id = f"{context.aws_request_id}.{secrets.token_hex(4)}"
    return _process().run(event, run_id, context.get_remaining_time_in_millis())

"""The collector: its own round, transport and parser, as in a warm process that was good a minute ago."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from cloudflare_api.client import Transport
from cloudflare_api.credential import Credential
from cloudflare_api.rate_limit import RequestBudget
from cloudflare_api.usage import Attempt, attempt_usage
from collector.credentials import Credentials
from collector.poller import Poller, SourceState
from contract.sources import Request, Source, Zone
from tests.bench.contestants import Poll


class _Given(Credentials):
    """The credential is known: Secrets Manager is not what is timed."""

    def __init__(self, token: str) -> None:
        self._credential = Credential(headers=(("Authorization", f"Bearer {token}"),), secrets=(token,))

    def current(self, name: str) -> Credential:
        """The credential that was given."""
        del name
        return self._credential


def start() -> None:
    """What the deployed function does before its first event is looked at."""
    from collector import handler

    handler._process()


def connect(base_url: str, token: str, width: int) -> Poll:
    """The transport is made once, the round for each poll. How many requests run at once is the round's own."""
    del width
    transport = Transport(base_url)
    credentials = _Given(token)

    def call(request: Request, credential: Credential, until: float) -> Attempt:
        return attempt_usage(transport, request, credential, until)

    def poll(zone_ids: Sequence[str]) -> int:
        result = Poller(
            source=_source(zone_ids),
            minute=datetime(2026, 11, 23, tzinfo=UTC),
            memory=SourceState(good=True),
            credentials=credentials,
            call=call,
            spare=RequestBudget(0),
            until=time.monotonic() + 60,
        ).run()
        return sum(asked.reason is None for asked in result.asked)

    return poll


def _source(zone_ids: Sequence[str]) -> Source:
    return Source(
        name="bench",
        secret="bench",
        zones=tuple(Zone(zone_id, None, (), ()) for zone_id in zone_ids),
        spare_requests=0,
        metrics=(),
        levels=(),
        metric_limit=0,
        catalog_age=timedelta(hours=1),
    )

"""Asks Cloudflare for every zone, as the function would, and says what became of each.

The polls are the collector's own round: its canaries, its guard against a lock-out, its pace, its retries. So a bad
credential costs three requests here too, and one more to tell a bad token from one without the permission. Then the
applications of the zones that answered are listed, and the names of zones read that have none in cdk.json. Together
that is at most what two runs of the function may send.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aws_lambda_powertools import Logger

from collector.asking.outcome import Memory, RoundResult
from collector.asking.retry import RetryPolicy
from collector.asking.round import Round
from collector.cloudflare.attempt import Attempt, attempt_usage
from collector.cloudflare.listing import Listing
from collector.cloudflare.rate_limit import Pacer, SpareRequests
from collector.cloudflare.transport import Transport
from collector.cloudflare.verdict import LOCKED_OUT_CODE
from collector.secret import Credential, Credentials
from collector.sources import Request, Source
from commands.applications import Inventory
from commands.cloudflare import says_valid
from commands.credential import Found
from commands.preflight.finding import ZoneFinding, code_of, counted, findings_of, only_ambiguous
from commands.preflight.verdicts import Verdict
from contract.raw import Reason
from infra.configuration import Source as Configured
from infra.rate_budget import run_requests

POLLS_SHARE: Final = 0.7
"""Of a source's time; the rest is for lists of applications."""

REFUSED_CREDENTIALS: Final = 2
"""After so many no other source is asked: third parties report lock-outs after 5 to 15 refusals."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What an examination asks with."""

    transport: Transport
    clock: Callable[[], datetime]
    pacer: Pacer
    policy: RetryPolicy
    monotonic: Callable[[], float] = time.monotonic


class Examination:
    """Examines sources one after the other: what one of them met, the next ones heed."""

    def __init__(self, to: Connection, until: float, *, names: bool = True) -> None:
        self._to = to
        self._until = until
        self._names = names
        self._limited: set[str] = set()
        """Owners whose rate limit is used up."""
        self._refused = 0
        """Sources whose credential was refused."""
        self._locked_out = False
        self._memory: dict[str, Memory] = {}
        """By the credential's text: what its last round left."""
        self._spare: dict[str, SpareRequests] = {}
        """By owner: what may still be sent for lists of applications."""

    def of(self, source: Source, configured: Configured, found: Found, *, still_to_come: int) -> list[ZoneFinding]:
        """The findings of a source's zones, in configured order; so many other sources want their share of the time."""
        if self._locked_out or self._refused >= REFUSED_CREDENTIALS:
            why = _LOCKED_OUT if self._locked_out else _REFUSED
            return [ZoneFinding(zone, Verdict.UNKNOWN, why) for zone in source.zones]
        if configured.owner in self._limited:
            return [ZoneFinding(zone, Verdict.RATE_LIMITED, _OWNER_LIMITED) for zone in source.zones]
        now = self._to.monotonic()
        share_s = max(0.0, self._until - now) / (1 + still_to_come)
        result = self._poll(source, found, now + POLLS_SHARE * share_s)
        self._heed(result, configured.owner, found)
        credential = result.credential
        if credential is None or configured.owner in self._limited or self._locked_out:
            return findings_of(result.asked, found)
        valid = only_ambiguous(result.asked) and says_valid(self._to.transport, credential, now + share_s)
        findings = findings_of(result.asked, found, valid=valid)
        answered = [finding.zone.id for finding in findings if finding.verdict is Verdict.WORKS]
        if not self._names or not answered:
            return findings
        listing = self._listing(result, credential, configured, now + share_s)
        unnamed = {zone.id for zone in source.zones if not zone.name}
        applications = Inventory(listing, self._to.monotonic).of(answered, unnamed)
        return [
            counted(finding, applications[finding.zone.id], found) if finding.zone.id in applications else finding
            for finding in findings
        ]

    def _poll(self, source: Source, found: Found, until: float) -> RoundResult:
        def call(request: Request, credential: Credential, until: float) -> Attempt:
            return attempt_usage(self._to.transport, request, credential, until)

        return Round(
            source=source,
            minute=self._to.clock(),
            memory=self._memory.get(found.text, Memory()),
            credentials=Credentials(_Given(found.text), Logger(service="preflight")),
            call=call,
            spare=SpareRequests(source.spare_requests),
            until=until,
            policy=self._to.policy,
            pacer=self._to.pacer,
            monotonic=self._to.monotonic,
        ).run()

    def _heed(self, result: RoundResult, owner: str, found: Found) -> None:
        self._memory[found.text] = result.memory
        if any(asked.reason is Reason.RATE_LIMITED for asked in result.asked):
            self._limited.add(owner)
        self._refused += result.refused
        self._locked_out |= any(code_of(asked) == LOCKED_OUT_CODE for asked in result.asked)

    def _listing(self, result: RoundResult, credential: Credential, configured: Configured, until: float) -> Listing:
        """A deployment of this user may be running: what Cloudflare says is left must still hold its next run."""
        one_run = run_requests(configured.requests_per_minute)
        left = [asked.last.rate_limit.remaining for asked in result.asked if asked.last and asked.last.rate_limit]
        most = max(0, min(one_run, min(left) - one_run)) if left else one_run
        spare = self._spare.setdefault(configured.owner, SpareRequests(most))
        return Listing(self._to.transport, credential, spare, self._to.pacer, until)


@dataclass(frozen=True, slots=True)
class _Given:
    """The credential that was found, in the place of Secrets Manager."""

    text: str

    def get(self, name: str, max_age: int, transform: None, force_fetch: bool) -> str:  # noqa: ARG002
        return self.text


_LOCKED_OUT: Final = "not asked: Cloudflare has stopped listening to this caller; wait an hour"
_REFUSED: Final = (
    f"not asked: {REFUSED_CREDENTIALS} credentials were refused, and Cloudflare locks out who goes on: put them right, "
    "or ask about one source at a time"
)
_OWNER_LIMITED: Final = "not asked: the rate limit of this source's owner was used up by another source"

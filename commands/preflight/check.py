"""Polls every configured zone as the function would, and says what became of each; checks the alarms' subscription."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum, StrEnum
from itertools import groupby
from typing import Any, Final

from aws_lambda_powertools import Logger

from cloudflare_api.apps import Listing
from cloudflare_api.client import Transport
from cloudflare_api.credential import Credential
from cloudflare_api.rate_limit import Pacer, RequestBudget
from cloudflare_api.response import LOCKED_OUT_CODE, Kind
from cloudflare_api.usage import Attempt, attempt_usage
from collector.app_names import AppNames, ZoneNames
from collector.credentials import Credentials
from collector.poller import Poller, PollerResult, PollResult, SourceState
from collector.retry import RetryPolicy
from commands._aws import READING, STACK, CommandFailed, Deployment, aws_errors_as_command_failed, session
from commands._cloudflare import Applications, AppLister, Names, says_valid
from commands._credentials import ResolvedCredential
from contract.raw import Reason
from contract.sources import Request, Source, Zone
from infra.configuration import Source as Configured
from infra.rate_budget import run_requests


class Status(IntEnum):
    """The command's exit status. Of several, the first of 2, 1, 3 that holds."""

    WORKS = 0
    ZONE_FAILS = 1
    NOT_USABLE = 2
    NOT_KNOWN = 3
    INTERRUPTED = 130


STATUSES: Final[Mapping[Status, str]] = {
    Status.WORKS: "every zone works, and of a deployed stack the alarms' mail address is confirmed",
    Status.ZONE_FAILS: "a zone does not work, or the alarms' mail address gets nothing, and will not by itself",
    Status.NOT_USABLE: "the configuration, the options or a credential cannot be used",
    Status.NOT_KNOWN: "nothing is known of a zone, as Cloudflare gave no answer that says it, or of the alarms' mail: "
    "try again",
    Status.INTERRUPTED: "Ctrl-C",
}


class Verdict(StrEnum):
    """What became of a zone."""

    WORKS = "works"
    NO_APPLICATIONS = "no_applications"
    FORBIDDEN = "forbidden"
    NO_SUCH_ZONE = "no_such_zone"
    BAD_CREDENTIAL = "bad_credential"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a verdict means, and what to do about it."""

    means: str
    do: str
    status: Status


MEANINGS: Final[Mapping[Verdict, Meaning]] = {
    Verdict.WORKS: Meaning(
        "Cloudflare gave the zone's last minute",
        "nothing; where names are not readable, give the token Zone Settings Read to see names instead of ids",
        Status.WORKS,
    ),
    Verdict.NO_APPLICATIONS: Meaning(
        "the zone answers and has none of the wanted Spectrum applications: there is none, or Spectrum is not enabled "
        "(the answer does not tell)",
        "make an application, correct `app_ids`, or leave the zone out",
        Status.ZONE_FAILS,
    ),
    Verdict.FORBIDDEN: Meaning(
        "the token is good and may not read this zone's analytics",
        "give the token Analytics Read on this zone",
        Status.ZONE_FAILS,
    ),
    Verdict.NO_SUCH_ZONE: Meaning(
        "Cloudflare knows no zone with this id",
        "correct the id: `make discover` lists the zones that the token can see",
        Status.ZONE_FAILS,
    ),
    Verdict.BAD_CREDENTIAL: Meaning(
        "Cloudflare refused the credential wherever it was tried; codes 10000 and 9109 also stand for a missing "
        "permission, so a good token without Analytics Read on any tried zone can look like this",
        "put a valid token; if it is valid, give it Analytics Read; one made a moment ago needs a minute",
        Status.NOT_USABLE,
    ),
    Verdict.RATE_LIMITED: Meaning(
        "Cloudflare's limit for this user is used up, by whatever else uses it, too; the rest was not asked",
        "wait five minutes and try again",
        Status.NOT_KNOWN,
    ),
    Verdict.UNREACHABLE: Meaning(
        "no answer in time, a broken connection, or a failure of Cloudflare's own",
        "check the network (no proxy is used) and Cloudflare's status page; try again",
        Status.NOT_KNOWN,
    ),
    Verdict.UNKNOWN: Meaning(
        "an answer that means none of these, or that is not the API's (a proxy's page, a page that blocks this "
        "address), or the zone was not asked because others were refused",
        "read what was answered; put right what else is wrong, and try again",
        Status.NOT_KNOWN,
    ),
}

OF_REASON: Final[Mapping[Reason, Verdict]] = {
    Reason.FORBIDDEN: Verdict.FORBIDDEN,
    Reason.ZONE_NOT_FOUND: Verdict.NO_SUCH_ZONE,
    Reason.UNAUTHORIZED: Verdict.BAD_CREDENTIAL,
    Reason.AUTH_LOCKOUT_GUARD: Verdict.BAD_CREDENTIAL,
    Reason.RATE_LIMITED: Verdict.RATE_LIMITED,
    Reason.TIMEOUT: Verdict.UNREACHABLE,
    Reason.NETWORK: Verdict.UNREACHABLE,
    Reason.SERVER_ERROR: Verdict.UNREACHABLE,
    Reason.DEADLINE: Verdict.UNREACHABLE,
}
"""The collector's reasons as verdicts; any other is `unknown`."""

_GRAVEST_FIRST: Final = (Status.NOT_USABLE, Status.ZONE_FAILS, Status.NOT_KNOWN)


def status_of(verdicts: Iterable[Verdict]) -> Status:
    """The exit status that these verdicts make together."""
    return gravest(*(MEANINGS[verdict].status for verdict in verdicts))


def gravest(*statuses: Status) -> Status:
    """The exit status that these make together."""
    return next((status for status in _GRAVEST_FIRST if status in statuses), Status.WORKS)


_NEEDED: Final = "cloudformation:DescribeStacks on the stack and sns:ListSubscriptionsByTopic on its topic"


class Reach(StrEnum):
    """Whom the alarms reach."""

    CONFIRMED = "confirmed"
    """`alarms.email`; where there is none, somebody."""
    PENDING = "pending"
    ABSENT = "absent"
    NOBODY = "nobody"
    """`alarms.email` is not set, and no subscription is confirmed."""
    UNKNOWN = "unknown"


_STATUSES: Final[Mapping[Reach, Status]] = {
    Reach.CONFIRMED: Status.WORKS,
    Reach.PENDING: Status.ZONE_FAILS,
    Reach.ABSENT: Status.ZONE_FAILS,
    Reach.NOBODY: Status.WORKS,
    Reach.UNKNOWN: Status.NOT_KNOWN,
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """What was found, and what to do."""

    reach: Reach
    message: str

    @property
    def status(self) -> Status:
        """The exit status that it asks for."""
        return _STATUSES[self.reach]


def subscription_of(email: str | None, *, cloudformation: Any = None, sns: Any = None) -> Subscription:
    """Ask AWS about the deployed stack's topic. A call that AWS refuses is an answer too: nothing is known."""
    try:
        topic = Deployment.find(cloudformation or _client("cloudformation"), STACK).output("TopicArn")
        with aws_errors_as_command_failed(f"who is subscribed to {topic}"):
            pages = (sns or _client("sns")).get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            found = [each for page in pages for each in page["Subscriptions"]]
    except CommandFailed as failed:
        return Subscription(
            Reach.UNKNOWN, f"whether they reach anybody is not known. {failed} Your AWS identity needs {_NEEDED}."
        )
    return judged(email, topic, found)


def judged(email: str | None, topic: str, found: Sequence[Mapping[str, str]]) -> Subscription:
    """Say whom they reach, by SNS's list: only a confirmed subscription has an ARN there."""
    if email is None:
        if any(_is_confirmed(each) for each in found):
            return Subscription(Reach.CONFIRMED, f"somebody has a confirmed subscription to {topic}.")
        return Subscription(
            Reach.NOBODY,
            f"warning: nobody is told, as no subscription to {topic} is confirmed. Set alarms.email in cdk.json and "
            "deploy, or subscribe to the topic yourself.",
        )
    own = [each for each in found if each["Protocol"] == "email" and each["Endpoint"].casefold() == email.casefold()]
    again = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {email}"
    if any(_is_confirmed(each) for each in own):
        return Subscription(Reach.CONFIRMED, f"{email} is subscribed, and has confirmed it.")
    if any(each["SubscriptionArn"] == "PendingConfirmation" for each in own):
        return Subscription(
            Reach.PENDING,
            f"{email} gets none: its subscription was not confirmed yet, or SNS has suspended it. Follow the link in "
            f"the mail from SNS; if it is lost, `{again}` sends another. SNS deletes the subscription after 48 hours.",
        )
    return Subscription(
        Reach.ABSENT,
        f"{email} gets none: it is not subscribed to {topic}. It did not confirm within 48 hours, was unsubscribed or "
        f"suspended, or was not deployed yet. Deploy if it is new in cdk.json; else `{again}`, as CloudFormation does "
        "not notice. Then follow the link in the mail from SNS.",
    )


def _is_confirmed(subscription: Mapping[str, str]) -> bool:
    return subscription["SubscriptionArn"].startswith("arn:")


def _client(service: Any) -> Any:
    return session().client(service, config=READING)


@dataclass(frozen=True, slots=True)
class ZoneFinding:
    """What became of one zone."""

    zone: Zone
    verdict: Verdict
    message: str = ""
    """What happened, in Cloudflare's words where it gave some; empty when all is well."""
    names: Names = Names.NOT_ASKED
    applications: int | None = None
    """How many of the wanted ones there are; None: not known."""
    answered: int | None = None
    """How many the answer named: there are at least so many. None: no answer."""
    http_status: int | None = None
    error_code: int | None = None
    known: ZoneNames = field(default_factory=ZoneNames)
    """The names that were read: of its wanted applications, and its own where cdk.json gives it none."""


def findings_of(asked: Iterable[PollResult], found: ResolvedCredential, *, valid: bool = False) -> list[ZoneFinding]:
    """The findings by zone, from what became of their requests.

    `valid`: Cloudflare says that the credential is good, although every zone that was tried refused it.
    """
    by_zone = groupby(asked, key=lambda one: one.request.zone)
    return [_finding(zone, list(each), found, valid=valid) for zone, each in by_zone]


def _finding(zone: Zone, asked: Sequence[PollResult], found: ResolvedCredential, *, valid: bool) -> ZoneFinding:
    """Of a zone that is polled by data centre the first request that failed speaks for it."""
    failed = next((each for each in asked if each.reason), None)
    if failed is None:
        applications = {usage.app_id for each in asked if each.last for usage in each.last.usage}
        return ZoneFinding(zone, Verdict.WORKS, answered=len(applications), http_status=_http_status(asked[0]))
    verdict, message = _judged(failed, valid=valid)
    where = f"colo {failed.request.colo}: " if failed.request.colo else ""
    return ZoneFinding(
        zone, verdict, where + found.scrub(message), http_status=_http_status(failed), error_code=code_of(failed)
    )


def _judged(failed: PollResult, *, valid: bool) -> tuple[Verdict, str]:
    if valid and failed.last:
        return Verdict.FORBIDDEN, f"{_THOUGH_VALID}{failed.last.message}"
    if valid:
        return Verdict.UNKNOWN, _NOT_ASKED_THOUGH_VALID
    return OF_REASON.get(failed.reason or Reason.BAD_RESPONSE, Verdict.UNKNOWN), failed.message or ""


def counted(finding: ZoneFinding, applications: Applications, found: ResolvedCredential) -> ZoneFinding:
    """The finding of a zone that works, with what came of asking for its applications."""
    apps = {
        app_id: AppNames(name and found.scrub(name), protocol and found.scrub(protocol))
        for app_id, (name, protocol) in applications.named.items()
        if not finding.zone.app_ids or app_id in finding.zone.app_ids
    }
    zone_name = applications.zone_name and found.scrub(applications.zone_name)
    finding = replace(finding, names=applications.names, known=ZoneNames(zone_name, apps))
    if applications.names is not Names.READABLE:
        return replace(finding, message=f"names: {found.scrub(applications.message)}")
    missing = sorted({*finding.zone.app_ids} - {*apps})
    said = f"{len(missing)} of its app_ids are not there, the first: {missing[0]}" if missing else ""
    if not apps and not finding.answered:
        return replace(finding, verdict=Verdict.NO_APPLICATIONS, applications=0, message=said or _NO_APPLICATIONS)
    return replace(finding, applications=len(apps), message=said)


def only_ambiguous(asked: Iterable[PollResult]) -> bool:
    """Refused wherever it was tried, and never in words that mean the credential alone."""
    tried = [each.last for each in asked if each.last]
    return bool(tried) and all(attempt.kind is Kind.AMBIGUOUS for attempt in tried)


def _http_status(asked: PollResult) -> int | None:
    return asked.last.http_status if asked.last else None


def code_of(asked: PollResult) -> int | None:
    """Cloudflare's error code, when it gave one."""
    return asked.last.error_code if asked.last else None


_NO_APPLICATIONS: Final = "no Spectrum application: none was made, or Spectrum is not enabled on this zone"
_THOUGH_VALID: Final = "Cloudflare says that the token is valid, so it lacks Analytics Read here: "
_NOT_ASKED_THOUGH_VALID: Final = (
    "not asked: the zones that were tried refused a valid token; give it Analytics Read on all zones, and try again"
)


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


class PreflightCheck:
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
        self._memory: dict[str, SourceState] = {}
        """By the credential's text: what its last round left."""
        self._spare: dict[str, RequestBudget] = {}
        """By owner: what may still be sent for lists of applications."""

    def of(
        self, source: Source, configured: Configured, found: ResolvedCredential, *, still_to_come: int
    ) -> list[ZoneFinding]:
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
        applications = AppLister(listing, self._to.monotonic).of(answered, unnamed)
        return [
            counted(finding, applications[finding.zone.id], found) if finding.zone.id in applications else finding
            for finding in findings
        ]

    def _poll(self, source: Source, found: ResolvedCredential, until: float) -> PollerResult:
        def call(request: Request, credential: Credential, until: float) -> Attempt:
            return attempt_usage(self._to.transport, request, credential, until)

        return Poller(
            source=source,
            minute=self._to.clock(),
            memory=self._memory.get(found.text, SourceState()),
            credentials=Credentials(_Given(found.text), Logger(service="preflight")),
            call=call,
            spare=RequestBudget(source.spare_requests),
            until=until,
            policy=self._to.policy,
            pacer=self._to.pacer,
            monotonic=self._to.monotonic,
        ).run()

    def _heed(self, result: PollerResult, owner: str, found: ResolvedCredential) -> None:
        self._memory[found.text] = result.memory
        if any(asked.reason is Reason.RATE_LIMITED for asked in result.asked):
            self._limited.add(owner)
        self._refused += result.refused
        self._locked_out |= any(code_of(asked) == LOCKED_OUT_CODE for asked in result.asked)

    def _listing(self, result: PollerResult, credential: Credential, configured: Configured, until: float) -> Listing:
        """A deployment of this user may be running: what Cloudflare says is left must still hold its next run."""
        one_run = run_requests(configured.requests_per_minute)
        left = [asked.last.rate_limit.remaining for asked in result.asked if asked.last and asked.last.rate_limit]
        most = max(0, min(one_run, min(left) - one_run)) if left else one_run
        spare = self._spare.setdefault(configured.owner, RequestBudget(most))
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

"""What became of one zone: its verdict, in Cloudflare's words, and its number of applications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from collector.asking.outcome import Asked
from collector.cloudflare.verdict import Kind
from collector.naming.catalog import AppNames, ZoneNames
from collector.sources import Zone
from commands.applications import Applications, Names
from commands.credential import Found
from commands.preflight.verdicts import OF_REASON, Verdict
from contract.raw import Reason


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


def findings_of(asked: Iterable[Asked], found: Found, *, valid: bool = False) -> list[ZoneFinding]:
    """The findings by zone, from what became of their requests.

    `valid`: Cloudflare says that the credential is good, although every zone that was tried refused it.
    """
    by_zone = groupby(asked, key=lambda one: one.request.zone)
    return [_finding(zone, list(each), found, valid=valid) for zone, each in by_zone]


def _finding(zone: Zone, asked: Sequence[Asked], found: Found, *, valid: bool) -> ZoneFinding:
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


def _judged(failed: Asked, *, valid: bool) -> tuple[Verdict, str]:
    if valid and failed.last:
        return Verdict.FORBIDDEN, f"{_THOUGH_VALID}{failed.last.message}"
    if valid:
        return Verdict.UNKNOWN, _NOT_ASKED_THOUGH_VALID
    return OF_REASON.get(failed.reason or Reason.BAD_RESPONSE, Verdict.UNKNOWN), failed.message or ""


def counted(finding: ZoneFinding, applications: Applications, found: Found) -> ZoneFinding:
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


def only_ambiguous(asked: Iterable[Asked]) -> bool:
    """Refused wherever it was tried, and never in words that mean the credential alone."""
    tried = [each.last for each in asked if each.last]
    return bool(tried) and all(attempt.kind is Kind.AMBIGUOUS for attempt in tried)


def _http_status(asked: Asked) -> int | None:
    return asked.last.http_status if asked.last else None


def code_of(asked: Asked) -> int | None:
    """Cloudflare's error code, when it gave one."""
    return asked.last.error_code if asked.last else None


_NO_APPLICATIONS: Final = "no Spectrum application: none was made, or Spectrum is not enabled on this zone"
_THOUGH_VALID: Final = "Cloudflare says that the token is valid, so it lacks Analytics Read here: "
_NOT_ASKED_THOUGH_VALID: Final = (
    "not asked: the zones that were tried refused a valid token; give it Analytics Read on all zones, and try again"
)

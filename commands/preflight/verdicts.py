"""The words for what became of a zone. Declared once: examination, exit status, output and docs read them here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from contract.raw import Reason


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

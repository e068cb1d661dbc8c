"""What a run knew of the names: an application that an answer leaves out is idle only if a list has named it."""

from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.cloudflare.results import neighbours_app_id
from tests.soak.evidence import Evidence
from tests.soak.happened import Run
from tests.soak.model.reasons import WAITING
from tests.soak.stack import POLLED

NAMES_ASKED: Final = 3
"""docs/data.md: "S3 does not tell the kept names to a new process, three times"."""
LIST_COUNTS: Final = timedelta(hours=24)
"""docs/data.md: lists older than this do not say that an application is idle."""


def idle(evidence: Evidence, zone_id: str, run: Run, reported: set[str]) -> tuple[set[str], set[str]]:
    """Applications that must have zeros as the answer left them out, and those that may have.

    They must, if a list has named them: not before the first list was kept, nor in a run to which S3 did not tell the
    kept names, nor where a disturbed list came within the last day. An application that ended may have zeros until its
    end was read, a day later at most; one that has begun is known within the minute.
    """
    zone = evidence.world.zone(zone_id)
    assert zone is not None
    chosen = next(polled.app_ids for polled in POLLED[run.source] if polled.zone_id == zone_id)
    apps = [app for app in zone.applications if not chosen or app.id in chosen]
    there = {app.id for app in apps if run.minute in app.exists}
    gone = {
        app.id
        for app in apps
        if app.exists.last is not None and timedelta() < run.minute - app.exists.last <= LIST_COUNTS
    }
    # An event may be polled a minute late, and its answer describe the next minute: the list knows more than it.
    fresh = {app.id for app in apps if app.exists.first is not None and run.minute < app.exists.first}
    unsure = run.minute <= evidence.calm_until or badly_listed(evidence, zone_id, run.at) or names_untold(run)
    young = {app.id for app in apps if app.exists.first is not None and run.minute - app.exists.first <= LIST_COUNTS}
    return (set() if unsure else there - reported - young), (there | gone | fresh) - reported


def badly_listed(evidence: Evidence, zone_id: str, at: datetime) -> bool:
    """Whether a disturbed list of this zone's names came within the day before."""
    return any(timedelta() <= at - asked <= LIST_COUNTS for asked in evidence.listed_badly.get(zone_id, ()))


def anybodys(evidence: Evidence, zone_id: str, run: Run) -> bool:
    """Whether no list may have told the run that the application of the zone beside this one is not this one's.

    A source's lists name the applications of its own zones.
    """
    zone = evidence.world.zone(zone_id)
    assert zone is not None
    beside = neighbours_app_id(zone, evidence.world)
    owner = next(each for each in evidence.world.zones if beside in {app.id for app in each.applications})
    polled = {each.zone_id for each in POLLED[run.source]}
    unsure = run.minute <= evidence.calm_until or badly_listed(evidence, owner.id, run.at) or names_untold(run)
    return owner.id not in polled or unsure


def names_untold(run: Run) -> bool:
    """Whether S3 may not have told the run the kept names: it asks three times, if time allows."""
    kinds = [struck.kind for struck in run.struck if (struck.operation, struck.key[:8]) == ("GetObject", "catalog/")]
    failed = [kind for kind in kinds if kind != "slow"]
    return len(failed) >= NAMES_ASKED or any(kind in WAITING for kind in failed)

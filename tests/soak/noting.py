"""Notes what happened to a run, by the records of the simulated Cloudflare and of AWS."""

from tests.sandbox.cloudflare import KINDS, Call
from tests.sandbox.cloudflare.answers import ServedKey
from tests.sandbox.cloudflare.record import Asked
from tests.sandbox.cloudflare.results import neighbours_app_id
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.sandbox import Sandbox
from tests.soak.happened import Answer, Numbers, Run, Struck
from tests.soak.model.answers import said
from tests.soak.script import Event


def noted(sandbox: Sandbox, event: Event, invocation: Invocation, asked: tuple[Asked, ...], *, alone: bool) -> Run:
    """One invocation, and what Cloudflare and AWS answered while it ran."""
    calls = sandbox.aws.calls.of(role=sandbox.collecting.role)
    return Run(
        source=event.source,
        minute=event.minute,
        at=invocation.at,
        late_s=(invocation.at - event.scheduled).total_seconds(),
        request_id=invocation.request_id,
        error=invocation.outcome.error_type or "",
        killed=invocation.killed or invocation.timed_out,
        duration_s=(invocation.duration_ms + (invocation.init_ms or 0)) / 1000,
        alone=alone,
        answers=tuple(_answer(sandbox, each) for each in asked if each.call is Call.USAGE),
        struck=tuple(Struck(call.operation, call.key, call.fault) for call in calls if call.fault),
        listed_badly=frozenset(
            each.zone_id for each in asked if each.call is not Call.USAGE and each.fault and each.zone_id
        ),
    )


def _answer(sandbox: Sandbox, asked: Asked) -> Answer:
    """What this answer said, by Cloudflare's record."""
    zone_id, colo = asked.zone_id or "", asked.query.get("colo_name")
    wanted = asked.query.get("appID")
    chosen = frozenset(wanted.split(",")) if wanted else None
    true = sandbox.cloudflare.usage(zone_id, asked.minute, colo, chosen)
    numbers: dict[str, Numbers] | None = None
    if asked.fault is None or KINDS[asked.fault].truthful:
        record, minute = sandbox.cloudflare.record, f"{asked.minute:%Y-%m-%d %H:%M}"
        through = all(record.has_served(ServedKey(zone_id, colo, app_id, minute)) for app_id in true)
        numbers = said(true, None) if asked.status == 200 and through else None
    else:
        world = sandbox.cloudflare.world
        zone = world.zone(zone_id)
        numbers = said(true, asked.fault, chosen or (), neighbours_app_id(zone, world) if zone else None)
    return Answer(zone_id, colo, asked.minute, asked.status, asked.fault, numbers)

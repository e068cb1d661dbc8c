"""What each of the five calls finds, for a caller that may ask."""

from .answers import (
    Answer,
    Document,
    ServedKey,
    answering,
    application,
    envelope,
    refusing,
    usage_row,
    verified,
    zone_details,
)
from .calls import Call, Exchange
from .minutes import MINUTE
from .permissions import allowed
from .refusals import ACCOUNT_TOKEN_AT_VERIFY, BAD_PAGE, KEY_AT_VERIFY
from .traffic import Traffic
from .truth import existing, usage
from .world import Credential, Token, World, Zone


def current_usage(exchange: Exchange, zone: Zone, world: World, traffic: Traffic) -> Answer:
    """The traffic of a zone's applications in the minute before the call."""
    query = exchange.request.query
    colo, wanted = query.get("colo_name") or None, query.get("appID")
    app_ids = frozenset(wanted.split(",")) if wanted else None
    rows = usage(traffic, zone, exchange.minute, colo=colo, app_ids=app_ids)
    minute = f"{exchange.minute:%Y-%m-%d %H:%M}"
    served = ((ServedKey(zone.id, colo, app_id, minute), reading) for app_id, reading in rows.items())
    document = envelope([usage_row(app_id, reading) for app_id, reading in rows.items()])
    return answering(document, served, neighbours_app_id=neighbours_app_id(zone, world))


def applications(exchange: Exchange, zone: Zone) -> Answer:
    """The applications that a zone has at this moment, by DNS name; `result_info` only where `page` is sent.

    On a zone without Spectrum there are none, and to ask is allowed [T]: alchemy-run/alchemy,
    packages/alchemy/test/Cloudflare/Spectrum/Application.test.ts.
    """
    existing_now = existing(zone, exchange.minute + MINUTE)
    rows = [application(app) for app in sorted(existing_now, key=lambda app: app.dns_name)]
    if "page" not in exchange.request.query:
        return answering(envelope(rows))
    return _page(exchange, rows, sizes=(1, 20, 100))


def zones(exchange: Exchange, world: World, caller: Credential) -> Answer:
    """The zones that the caller may see, all or those with this `name`."""
    name = exchange.request.query.get("name")
    seen = (zone for zone in world.zones if allowed(caller, Call.ZONES, zone.id) and name in (None, zone.name))
    return _page(exchange, [zone_details(zone) for zone in seen], sizes=(5, 20, 50))


def neighbours_app_id(zone: Zone, world: World) -> str | None:
    """The first application of the zone that stands before this one, or behind it."""
    others = [other for other in world.zones if other.applications]
    at = next((number for number, other in enumerate(others) if other.id == zone.id), 0)
    beside = others[max(0, at - 1) : at] or others[at + 1 : at + 2]
    return beside[0].applications[0].id if beside else None


def verification(caller: Credential) -> Answer:
    """Whether a token works, which only a user's token can ask."""
    if not isinstance(caller, Token):
        return refusing(KEY_AT_VERIFY)
    return refusing(ACCOUNT_TOKEN_AT_VERIFY) if caller.account_owned else answering(verified(caller))


def _page(exchange: Exchange, rows: list[Document], *, sizes: tuple[int, int, int]) -> Answer:
    """One page of the rows; `sizes` are the least, the usual and the most that a page may hold."""
    least, usual, most = sizes
    query = exchange.request.query
    try:
        page, per_page = int(query.get("page", "1")), int(query.get("per_page", str(usual)))
    except ValueError:
        return refusing(BAD_PAGE)
    if page < 1 or not least <= per_page <= most:
        return refusing(BAD_PAGE)
    here = rows[(page - 1) * per_page : page * per_page]
    info = {
        "page": page,
        "per_page": per_page,
        "count": len(here),
        "total_count": len(rows),
        "total_pages": -(-len(rows) // per_page),
    }
    return answering(envelope(here) | {"result_info": info}, listed=rows)

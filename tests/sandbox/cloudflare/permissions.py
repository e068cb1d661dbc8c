"""What a credential may read."""

from .calls import Call
from .world import EVERY_ZONE, Credential, Token


def allowed(caller: Credential, call: Call, zone_id: str) -> bool:
    """Whether the caller has the permission that the call needs, for this zone.

    https://developers.cloudflare.com/api/resources/zones/methods/get lists Analytics Read and Zone Settings Read among
    the permissions of which one is enough to read a zone [D]. To list zones takes Zone Read; that zones without it are
    left out of the list, rather than the call refused, is a guess [G]: third parties report both
    (https://github.com/cloudflare/terraform-provider-cloudflare/issues/601 a 403).
    """
    if not isinstance(caller, Token):
        return _covers(caller.zones, zone_id)
    if call is Call.USAGE:
        return _covers(caller.analytics, zone_id)
    if call is Call.APPLICATIONS:
        return _covers(caller.settings, zone_id)
    if call is Call.ZONES and caller.listed is not None:
        return _covers(caller.listed, zone_id)
    if caller.zone_details is not None:
        return _covers(caller.zone_details, zone_id)
    return _covers(caller.analytics, zone_id) or _covers(caller.settings, zone_id)


def _covers(granted: frozenset[str], zone_id: str) -> bool:
    return zone_id in granted or granted == EVERY_ZONE

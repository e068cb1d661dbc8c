"""Lists that come in odd pages, or quote the credential: the whole list or an error, and nothing of the credential."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from cloudflare_api.apps import Listing, ListingFailed, NamedApps
from cloudflare_api.client import Transport
from cloudflare_api.credential import read_secret
from cloudflare_api.rate_limit import RequestBudget
from tests.sandbox.cloudflare import Cloudflare, Fault, echo_faults, list_faults, sample_world
from tests.sandbox.cloudflare.sample import TOKEN
from tests.unit.scripted import unpaced

WORLD: Final = sample_world(zones=1, applications=5)
ZONE: Final = WORLD.zones[0]
WHOLE: Final = {app.id: (app.dns_name, app.protocol) for app in ZONE.applications}


@pytest.fixture(scope="module")
def running() -> Iterator[Cloudflare]:
    with Cloudflare(WORLD, clock=lambda: datetime(2026, 11, 23, 10, 1, tzinfo=UTC), validate=False) as cloudflare:
        yield cloudflare


def listing(cloudflare: Cloudflare, kind: str) -> Listing:
    cloudflare.faults.clear()
    cloudflare.faults.add(Fault(kind))
    secret = read_secret("spectrum/main", TOKEN)
    return Listing(Transport(cloudflare.base_url), secret, RequestBudget(20), unpaced(), time.monotonic() + 20)


def read(cloudflare: Cloudflare, kind: str) -> NamedApps | str:
    """The list, or why it could not be read."""
    try:
        return listing(cloudflare, kind).apps(ZONE.id)
    except ListingFailed as failed:
        return str(failed)


@pytest.mark.parametrize("kind", sorted(kind.name for kind in list_faults.KINDS))
def test_a_list_in_odd_pages_is_read_whole_or_not_at_all(running: Cloudflare, kind: str) -> None:
    found = read(running, kind)
    assert isinstance(found, str) or found == WHOLE
    assert running.requests[-1].fault == kind


@pytest.mark.parametrize("kind", sorted(kind.name for kind in echo_faults.OF_LISTS))
def test_nothing_of_a_credential_that_a_list_quotes_becomes_a_name(running: Cloudflare, kind: str) -> None:
    if kind == "echo_in_a_zone_name":
        names = repr(listing(running, kind).zone_name(ZONE.id))
    else:
        names = repr(read(running, kind))
    assert running.requests[-1].fault == kind
    assert [TOKEN[start : start + 8] for start in range(len(TOKEN) - 7) if TOKEN[start : start + 8] in names] == []

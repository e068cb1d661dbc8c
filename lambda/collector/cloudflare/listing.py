"""Reads the names of a zone and of its applications from Cloudflare.

Sources: GET /zones/{zone_id} (Analytics Read is one of the permissions that are enough) and
GET /zones/{zone_id}/spectrum/apps (Zone Settings Read).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from collector.cloudflare.answer import as_shown, is_app_id, quotes
from collector.cloudflare.rate_limit import Pacer, SpareRequests
from collector.cloudflare.transport import NoReply, Transport
from collector.cloudflare.verdict import LOCKED_OUT_CODE, Kind, judge
from collector.secret import Credential

PER_PAGE: Final = 100
MOST_PAGES: Final = 200

NamedApps = Mapping[str, tuple[str | None, str | None]]
"""Application id -> (DNS name, protocol)."""


class ListingRefused(Exception):
    """The credential may not read this: the message is what Cloudflare said. Polling goes on with ids for names."""


class ListingFailed(Exception):
    """No usable answer this time."""


class ListingStopped(Exception):
    """Nothing more may be sent in this run: the rate limit or what it may spend is used up, or it is locked out."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__()
        self.begun = begun
        """Something was sent for this list before it stopped."""


@dataclass(frozen=True, slots=True)
class Listing:
    """Reads names with one credential, within what a run may still spend."""

    transport: Transport
    credential: Credential
    spare: SpareRequests
    pacer: Pacer
    until: float
    """Monotonic seconds."""

    def zone_name(self, zone_id: str) -> str | None:
        """The zone's domain name. Raises ListingRefused, ListingFailed or ListingStopped."""
        result = self._result(f"/zones/{zone_id}")[0]
        name = result.get("name") if isinstance(result, dict) else None
        if not isinstance(name, str):
            raise ListingFailed("the answer holds no zone name")
        return self.credential.scrub(as_shown(name))

    def apps(self, zone_id: str) -> NamedApps:
        """Every application of the zone, all pages or nothing. Raises as `zone_name`."""
        apps: dict[str, tuple[str | None, str | None]] = {}
        for page in range(1, MOST_PAGES + 1):
            path = f"/zones/{zone_id}/spectrum/apps?page={page}&per_page={PER_PAGE}"
            items, info = self._result(path, begun=page > 1)
            if items is None:
                items = []
            if not isinstance(items, list):
                raise ListingFailed("the answer holds no list of applications")
            apps.update(self._app(item) for item in items)
            total = info.get("total_count") if isinstance(info, dict) else None
            complete = len(apps) >= total if isinstance(total, int) else len(items) < PER_PAGE
            if complete:
                return apps
            if not items:
                break
        raise ListingFailed(f"the list of applications ended after {len(apps)}, before its own total")

    def _result(self, path: str, *, begun: bool = False) -> tuple[Any, Any]:
        if not self.spare.take():
            raise ListingStopped(begun=begun)
        self.pacer.wait()
        try:
            reply = self.transport.get(path, self.credential, self.until)
        except NoReply as fault:
            raise ListingFailed(str(fault)) from fault
        verdict = judge(reply)
        if verdict.kind is Kind.LIMITED or (verdict.error and verdict.error.code == LOCKED_OUT_CODE):
            raise ListingStopped(begun=True)
        if verdict.kind is Kind.TRANSIENT:
            raise ListingFailed(self.credential.scrub(verdict.message or ""))
        if verdict.kind is not Kind.GOOD or verdict.envelope is None:
            raise ListingRefused(self.credential.scrub(verdict.said))
        return verdict.envelope.result, verdict.envelope.result_info

    def _app(self, item: object) -> tuple[str, tuple[str | None, str | None]]:
        app_id = item.get("id") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not is_app_id(app_id) or quotes(self.credential, [app_id]):
            raise ListingFailed("the list holds an application without an id")
        dns = item.get("dns")
        return app_id, (
            self._text(dns.get("name")) if isinstance(dns, dict) else None,
            self._text(item.get("protocol")),
        )

    def _text(self, value: object) -> str | None:
        return self.credential.scrub(as_shown(value)) if isinstance(value, str) else None

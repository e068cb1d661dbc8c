"""Reads the names of a zone and of its applications from Cloudflare.

Sources: GET /zones/{zone_id} (Analytics Read is one of the permissions that are enough) and
GET /zones/{zone_id}/spectrum/apps (Zone Settings Read).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from cloudflare_api.client import NoReply, Transport
from cloudflare_api.credential import Credential
from cloudflare_api.rate_limit import Pacer, RequestBudget
from cloudflare_api.response import LOCKED_OUT_CODE, Kind, as_shown, is_app_id, judge, quotes

PER_PAGE: Final = 100
MOST_PAGES: Final = 200

_Row = TypeVar("_Row")

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
    spare: RequestBudget
    pacer: Pacer
    until: float
    """Monotonic seconds."""

    def zone_name(self, zone_id: str) -> str | None:
        """The zone's domain name. Raises ListingRefused, ListingFailed or ListingStopped."""
        result = self._result(f"/zones/{zone_id}")[0]
        name = result.get("name") if isinstance(result, dict) else None
        if not isinstance(name, str):
            raise ListingFailed("the answer holds no zone name")
        return self._text(name)

    def apps(self, zone_id: str) -> NamedApps:
        """Every application of the zone, all pages or nothing. Raises as `zone_name`."""
        return self._whole_list(f"/zones/{zone_id}/spectrum/apps", PER_PAGE, "applications", self._app)

    def _whole_list(
        self, path: str, per_page: int, what: str, read: Callable[[object], tuple[str, _Row]]
    ) -> dict[str, _Row]:
        """Every row of a list by id, in Cloudflare's order: all pages of it, or an error. Raises as `zone_name`.

        A page may hold fewer rows than were asked for, and `result_info` may lack a number or have a wrong one
        (https://github.com/cloudflare/cloudflare-go/issues/3631). So a page is the last only if it is not full by its
        own `per_page` and every total says so; else pages are read until one is empty.
        """
        rows: dict[str, _Row] = {}
        total = pages = 0
        for page in range(1, MOST_PAGES + 1):
            items, info = self._result(f"{path}?page={page}&per_page={per_page}", begun=page > 1)
            items = [] if items is None else items
            if not isinstance(items, list):
                raise ListingFailed(f"the answer holds no list of {what}")
            known = len(rows)
            rows.update(read(item) for item in items)
            if items and len(rows) == known:
                raise ListingFailed(f"page {page} of the list of {what} repeats earlier pages")
            size, counted = _number(info, "per_page"), _number(info, "total_count")
            total, pages = max(total, counted or 0), max(pages, _number(info, "total_pages") or 0)
            if not items:
                # Of an empty list the first page may be counted, any other page that is empty is one too many.
                if len(rows) >= total and pages <= max(1, page - 1):
                    return rows
                raise ListingFailed(f"the list of {what} ended after {len(rows)} rows, before the total that it states")
            if size and counted is not None and len(items) < size and len(rows) >= total and page >= pages:
                return rows
        raise ListingFailed(f"the list of {what} goes on after {MOST_PAGES} pages")

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
            raise ListingFailed("the list of applications holds one without a usable id, so nothing of it is used")
        dns = item.get("dns")
        return app_id, (
            self._text(dns.get("name")) if isinstance(dns, dict) else None,
            self._text(item.get("protocol")),
        )

    def _text(self, value: object) -> str | None:
        """None, too, where the credential is quoted: that is no name, and the next look-up may bring one."""
        text = as_shown(value) if isinstance(value, str) else None
        return text if text and self.credential.scrub(text) == text else None


def _number(info: object, key: str) -> int | None:
    value = info.get(key) if isinstance(info, dict) else None
    return value if type(value) is int and value >= 0 else None

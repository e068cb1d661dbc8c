"""An answer as a value, and the documents that the five calls answer when nothing is wrong."""

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.utils import format_datetime
from typing import NamedTuple

from .calls import Exchange
from .refusals import Refusal
from .traffic import Reading
from .wire import Delivery, Reply, whole
from .world import Application, Token, Zone, make_id

Document = dict[str, object]
JSON = "application/json"


class ServedKey(NamedTuple):
    """Which number was served: the zone, the data centre asked for (None: all), the application, the minute."""

    zone_id: str
    colo: str | None
    app_id: str
    minute: str
    """As `2026-11-23 10:00`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it goes out: status, body, headers, the readings it truly reports, and how it is delivered."""

    status: int
    body: bytes
    document: Document | None = None
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    readings: tuple[tuple[ServedKey, Reading], ...] = ()
    bad_credential: bool = False
    compress: bool = True
    """Whether it is sent gzipped to a caller that accepts that."""
    deliver: Delivery = whole
    listed: tuple[Document, ...] = ()
    """The whole list of which this is a page."""
    neighbours_app_id: str | None = None
    """Of analytics: the id of an application of the zone that stands next to the one that was asked for."""

    def saying(self, document: object) -> "Answer":
        """The same answer with another document."""
        return replace(self, body=encoded(document))

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> "Answer":
        """The same answer with these headers in addition."""
        return replace(self, headers=(*self.headers, *headers))


def encoded(document: object) -> bytes:
    """JSON as Cloudflare writes it: UTF-8, no spaces."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def reply(answer: Answer, exchange: Exchange) -> Reply:
    """The answer as it goes out, gzipped where the caller accepts it and nobody packed it before."""
    body = answer.body
    headers = [
        ("Date", format_datetime(exchange.now, usegmt=True)),
        ("Server", "cloudflare"),
        ("CF-RAY", f"{make_id(exchange.request.target, exchange.now)[:16]}-IAD"),
        ("Content-Type", answer.content_type),
        *answer.headers,
    ]
    if answer.compress and exchange.request.accepts_gzip and body:
        body = gzip.compress(body, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    if exchange.request.closes:
        headers.append(("Connection", "close"))
    return Reply(answer.status, tuple(headers), body)


def answering(
    document: Document,
    readings: Iterable[tuple[ServedKey, Reading]] = (),
    *,
    listed: Iterable[Document] = (),
    neighbours_app_id: str | None = None,
) -> Answer:
    """A successful answer."""
    return Answer(
        200,
        encoded(document),
        document,
        readings=tuple(readings),
        listed=tuple(listed),
        neighbours_app_id=neighbours_app_id,
    )


def refusing(refusal: Refusal) -> Answer:
    """An answer that says no."""
    document = refusal.document()
    return Answer(refusal.status, encoded(document), document, bad_credential=refusal.bad_credential)


def envelope(result: object, *, messages: Sequence[Document] = ()) -> Document:
    """A success around its result."""
    return {"success": True, "errors": [], "messages": list(messages), "result": result}


def usage_row(app_id: str, reading: Reading) -> Document:
    """One application's row of the analytics answer. Whole numbers are written without a fraction."""
    duration = reading.duration_avg_ms
    return {
        "appID": app_id,
        "bytesIngress": reading.bytes_ingress,
        "bytesEgress": reading.bytes_egress,
        "connections": reading.connections,
        "durationAvg": int(duration) if duration.is_integer() else duration,
    }


def application(app: Application) -> Document:
    """One application of the list."""
    port = app.protocol.partition("/")[2].partition("-")[0] or "22"
    return {
        "id": app.id,
        "protocol": app.protocol,
        "dns": {"type": "CNAME", "name": app.dns_name},
        "origin_direct": [f"tcp://192.0.2.1:{port}"],
        "ip_firewall": True,
        "proxy_protocol": "off",
        "tls": "off",
        "traffic_type": "direct",
        "edge_ips": {"type": "dynamic", "connectivity": "all"},
        "argo_smart_routing": False,
        "created_on": "2026-01-01T05:20:00.12345Z",
        "modified_on": "2026-01-01T05:20:00.12345Z",
    }


def zone_details(zone: Zone) -> Document:
    """One zone."""
    return {
        "id": zone.id,
        "name": zone.name,
        "status": "active",
        "paused": False,
        "type": "full",
        "development_mode": 0,
        "name_servers": ["bob.ns.cloudflare.com", "lola.ns.cloudflare.com"],
        "original_name_servers": None,
        "original_registrar": None,
        "original_dnshost": None,
        "created_on": "2026-01-01T05:20:00.12345Z",
        "modified_on": "2026-01-01T05:20:00.12345Z",
        "activated_on": "2026-01-02T00:01:00.12345Z",
        "meta": {"step": 2, "custom_certificate_quota": 0, "page_rule_quota": 100, "phishing_detected": False},
        "owner": {"id": make_id("owner"), "type": "organization", "name": zone.account.name},
        "account": {"id": zone.account.id, "name": zone.account.name},
    }


def verified(token: Token) -> Document:
    """A token that works: note the code in `messages`, which is no error.

    https://github.com/putyourlightson/craft-cloudflare/issues/88 [T]
    """
    return envelope(
        {"id": make_id("token", token.secret), "status": "active"},
        messages=[{"code": 10000, "message": "This API Token is valid and active", "type": None}],
    )

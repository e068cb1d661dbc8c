"""Requests a zone's usage of the last minute, once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from cloudflare_api.client import NoReply, Reply, Transport
from cloudflare_api.credential import Credential
from cloudflare_api.rate_limit import RateLimit, read_rate_limit, read_retry_after
from cloudflare_api.response import BadAnswer, Kind, Usage, Verdict, judge, quotes, read_usage
from contract.raw import Reason
from contract.sources import Request

_MESSAGE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one try brought."""

    kind: Kind
    observed_at: datetime
    reason: Reason | None = None
    message: str | None = None
    usage: tuple[Usage, ...] = ()
    named: frozenset[str] = frozenset()
    """Ids of all applications in the answer, those that were not asked for among them."""
    http_status: int | None = None
    error_code: int | None = None
    latency_ms: int | None = None
    rate_limit: RateLimit | None = None
    retry_after_s: float | None = None


def attempt_usage(transport: Transport, request: Request, credential: Credential, until: float) -> Attempt:
    """Ask once for the last minute of a zone, giving up at `until` (monotonic seconds). Never raises.

    Source: GET /zones/{zone_id}/spectrum/analytics/aggregate/current, Cloudflare API.
    """
    try:
        return _attempted(transport, request, credential, until)
    except Exception as error:
        # A fault of ours must not cost the zones behind this one their minute. No text: it might quote a header.
        message = f"the collector could not handle this zone's answer ({type(error).__name__}): please report it"
        return Attempt(Kind.PERMANENT, transport.now(), Reason.BAD_RESPONSE, message)


def _attempted(transport: Transport, request: Request, credential: Credential, until: float) -> Attempt:
    try:
        reply = transport.get(_path(request), credential, until)
    except NoReply as fault:
        return Attempt(
            kind=Kind.TRANSIENT,
            observed_at=fault.observed_at,
            reason=fault.reason,
            message=_shown(str(fault), credential),
            latency_ms=fault.latency_ms,
        )
    verdict = judge(reply)
    if verdict.kind is not Kind.GOOD or verdict.envelope is None:
        return _attempt(reply, verdict, credential)
    try:
        rows = _rows(verdict.envelope.result, credential)
    except BadAnswer as fault:
        unusable = Verdict(Kind.PERMANENT, Reason.BAD_RESPONSE, None, f"Cloudflare's answer cannot be used: {fault}")
        return _attempt(reply, unusable, credential)
    wanted, named = request.zone.app_ids, frozenset(row.app_id for row in rows)
    usage = tuple(row for row in rows if not wanted or row.app_id in wanted)
    return replace(_attempt(reply, verdict, credential), usage=usage, named=named)


def _rows(result: object, credential: Credential) -> tuple[Usage, ...]:
    rows = read_usage(result)
    if quotes(credential, (row.app_id for row in rows)):
        raise BadAnswer("the id of an application quotes the credential")
    return rows


def _attempt(reply: Reply, verdict: Verdict, credential: Credential) -> Attempt:
    return Attempt(
        kind=verdict.kind,
        observed_at=reply.observed_at,
        reason=verdict.reason,
        message=_shown(verdict.message, credential) if verdict.message else None,
        http_status=reply.status,
        error_code=verdict.error.code if verdict.error else None,
        latency_ms=reply.latency_ms,
        rate_limit=read_rate_limit(reply.headers),
        retry_after_s=read_retry_after(reply.headers, reply.observed_at),
    )


def _shown(message: str, credential: Credential) -> str:
    return credential.scrub(message)[:_MESSAGE_LIMIT]


def _path(request: Request) -> str:
    query: Mapping[str, str] = {
        **({"appID": ",".join(request.zone.app_ids)} if request.zone.app_ids else {}),
        **({"colo_name": request.colo} if request.colo else {}),
    }
    path = f"/zones/{request.zone.id}/spectrum/analytics/aggregate/current"
    return f"{path}?{urlencode(query)}" if query else path

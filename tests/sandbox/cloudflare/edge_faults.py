"""Faults in which something in front of the API answers in its place: gateways, error pages, redirects."""

from collections.abc import Callable

from .answers import JSON, Answer, encoded
from .calls import Exchange
from .faults import Fault, Kind
from .refusal_faults import retry_after

_HTML = "text/html; charset=UTF-8"
_TEXT = "text/plain; charset=UTF-8"
_PAGES = {
    520: "Web server is returning an unknown error",
    521: "Web server is down",
    522: "Connection timed out",
    524: "A timeout occurred",
    525: "SSL handshake failed",
    530: "Origin DNS error",
}

Change = Callable[[Answer, Fault, Exchange], Answer]


def _fixed(status: int, body: bytes, content_type: str) -> Change:
    def change(_answer: Answer, fault: Fault, exchange: Exchange) -> Answer:
        headers = retry_after(fault, exchange)
        return Answer(fault.status or status, body, content_type=content_type, headers=headers)

    return change


def page(title: str) -> bytes:
    """An error page as the edge shows it, a few kilobytes of HTML."""
    filler = "<div class='cf-column'>Visit cloudflare.com for more information.</div>\n" * 40
    return (
        f"<!DOCTYPE html>\n<html lang='en-US'>\n<head><title>api.cloudflare.com | {title}</title></head>\n"
        f"<body><h1>{title}</h1>\n{filler}</body>\n</html>\n"
    ).encode()


def _text(status: int) -> Kind:
    body = f"error code: {status}".encode()
    return Kind(f"http_{status}_text", f"{status} and `error code: {status}`", "[T]", _fixed(status, body, _TEXT))


def _html(status: int, title: str) -> Kind:
    change = _fixed(status, page(f"{status}: {title}"), _HTML)
    return Kind(f"http_{status}_html", f"{status} and an HTML page", "[T]", change)


def _empty(status: int) -> Kind:
    return Kind(f"http_{status}_empty", f"{status} and no body", "[T]", _fixed(status, b"", JSON))


def _json(status: int) -> Kind:
    document = {
        "success": False,
        "errors": [{"code": 10002, "message": "internal error"}],
        "messages": [],
        "result": None,
    }
    change = _fixed(status, encoded(document), JSON)
    return Kind(f"http_{status}_json", f"{status} and code 10002, Spectrum's own failure", "[D]", change)


def _redirect(status: int) -> Kind:
    def change(_answer: Answer, fault: Fault, exchange: Exchange) -> Answer:
        elsewhere = f"http://{exchange.request.headers.get('host', 'localhost')}/elsewhere{exchange.request.target}"
        return Answer(status, b"", content_type=_HTML, headers=(("Location", fault.location or elsewhere),))

    return Kind(f"redirect_{status}", f"{status} to `location`", "[G]", change)


def _blocks() -> list[Kind]:
    """Something on the way that lets nobody through, and knows nothing of the credential."""
    pages = (
        ("blocked_html", 403, page("Sorry, you have been blocked"), _HTML),
        ("blocked_1010", 403, b"error code: 1010", _TEXT),
        ("blocked_1020", 403, b"error code: 1020", _TEXT),
        ("blocked_by_proxy", 403, page("Access denied by company policy"), _HTML),
        ("proxy_wants_a_password", 407, page("Proxy Authentication Required"), _HTML),
        ("network_wants_a_login", 511, page("Network Authentication Required"), _HTML),
    )
    return [
        Kind(name, f"{status} by whatever is on the way: {content_type}", "[T]", _fixed(status, body, content_type))
        for name, status, body, content_type in pages
    ]


KINDS = (
    *(_json(status) for status in (500, 503)),
    *(_text(status) for status in (502, 503, 504)),
    *(_html(status, title) for status, title in _PAGES.items()),
    *(_empty(status) for status in (200, 500, 502)),
    *(_redirect(status) for status in (301, 302, 307)),
    *_blocks(),
    Kind(
        "http_403_text", "403 and plain text about the credential", "[T]", _fixed(403, b"Authorization failed", _TEXT)
    ),
    Kind("http_404_html", "404 and an HTML page", "[G]", _fixed(404, page("404 Not Found"), _HTML)),
    Kind("http_403_html", "403 and an HTML challenge", "[T]", _fixed(403, page("Just a moment..."), _HTML)),
    Kind("http_429_text", "429 and `error code: 1015`", "[T]", _fixed(429, b"error code: 1015", _TEXT)),
    Kind(
        "portal_302",
        "302 to the page at which a network wants a login",
        "[T]",
        lambda *_: Answer(302, page("Sign in"), content_type=_HTML, headers=(("Location", "https://portal.example/"),)),
    ),
    Kind("http_408", "408, the request took too long to come", "[G]", _fixed(408, b"", _TEXT)),
    Kind("http_204", "204, success without content", "[G]", _fixed(204, b"", JSON)),
    Kind("http_418_json", "a status that nobody expects", "[G]", _fixed(418, b"{}", JSON)),
    Kind("html_200", "200 and an HTML page", "[G]", _fixed(200, page("Sign in"), _HTML)),
    Kind("text_200", "200 and text that is no JSON", "[G]", _fixed(200, b"OK", _TEXT)),
)

"""Faults in which an answer quotes the credential that it was asked with, in every place that a text can stand in.

None of it is known of Cloudflare [G]: proxies, and servers that are being debugged, answer with what they were sent.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

from .answers import JSON, Answer, Document, encoded
from .calls import Call, Exchange
from .envelope_faults import succeeded
from .faults import Fault, Kind
from .row_faults import Row, has_rows, is_page
from .wire import Reply, Wire, whole

_HALF = 20
"""So many characters of the credential, where an answer is cut within it."""

Says = Callable[[str], object]


def credential(exchange: Exchange) -> str:
    """The token or the key that the request came with."""
    headers = exchange.request.headers
    return headers.get("x-auth-key") or headers.get("authorization", "").removeprefix("Bearer ")


def _document(status: int, says: Callable[[str], Document]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """This status, and a document about the credential."""

    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        return replace(answer, status=status, body=encoded(says(credential(exchange))))

    return change


def _error(**error: Says) -> Callable[[Answer, Fault, Exchange], Answer]:
    """A failure under 400 with these fields in its one error."""

    def says(secret: str) -> Document:
        item: Document = {"code": 1234, "message": "bad request"}
        item |= {name: value(secret) for name, value in error.items()}
        return {"success": False, "errors": [item], "messages": [], "result": None}

    return _document(400, says)


def _bytes(status: int, content_type: str, says: Callable[[str], str]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """This status, and a text about the credential."""

    def change(_answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        return Answer(status, says(credential(exchange)).encode(), content_type=content_type)

    return change


def _rows(edit: Callable[[Row, str], object]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """`edit` puts the credential into the first row, in place."""

    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        document = deepcopy(answer.document or {})
        edit(cast("list[Row]", document["result"])[0], credential(exchange))
        return answer.saying(document)

    return change


def _details(edit: Callable[[Row, str], object]) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        document: dict[str, Any] = deepcopy(answer.document or {})
        edit(document["result"], credential(exchange))
        return answer.saying(document)

    return change


def _beside(says: Callable[[str], Document]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """The envelope with these fields in addition."""

    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        return answer.saying((answer.document or {}) | says(credential(exchange)))

    return change


def _header(says: Callable[[str], tuple[str, str]]) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        return answer.with_headers([says(credential(exchange))])

    return change


def _instead(status: int, says: Callable[[str], tuple[str, str]]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """This status with one header, and no body."""

    def change(_answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        return Answer(status, b"", headers=(says(credential(exchange)),))

    return change


def _typed(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
    return replace(answer, content_type=f"application/{credential(exchange)}")


def _encoded(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
    plain = replace(answer, compress=False)
    return plain.with_headers([("Content-Encoding", credential(exchange))])


def _head(edit: Callable[[bytes, bytes], bytes]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """`edit` makes of the head and the credential the head that is sent."""

    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        secret = credential(exchange).encode()

        def deliver(wire: Wire, reply: Reply) -> bool:
            wire.send(edit(reply.head(), secret) + reply.body)
            return False  # where the length is spoilt, only the end of the connection ends the answer

        return replace(answer, deliver=deliver)

    return change


def _interim(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
    hints = f"HTTP/1.1 103 Early Hints\r\nLink: </{credential(exchange)}>\r\n\r\n".encode()

    def deliver(wire: Wire, reply: Reply) -> bool:
        wire.send(hints)
        return whole(wire, reply)

    return replace(answer, deliver=deliver)


def _chunks(size: Callable[[str], str], trailer: Callable[[str], str]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """Chunked: what stands behind the size of the one chunk, and behind the last one."""

    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        secret = credential(exchange)

        def deliver(wire: Wire, reply: Reply) -> bool:
            start = f"{len(reply.body):x}{size(secret)}\r\n".encode()
            end = f"\r\n0\r\n{trailer(secret)}\r\n".encode()
            wire.send(reply.head(("Transfer-Encoding", "chunked")) + start + reply.body + end)
            return True

        return replace(answer, deliver=deliver)

    return change


def _line_before_server(line: Callable[[bytes], bytes]) -> Callable[[bytes, bytes], bytes]:
    return lambda head, secret: head.replace(b"Server: ", line(secret) + b"\r\nServer: ", 1)


def _is_zone(answer: Answer, exchange: Exchange) -> bool:
    return exchange.call is Call.ZONE and succeeded(answer, exchange)


def _escaped(secret: str) -> str:
    """As JSON may write it, character by character."""
    return "".join(f"\\u{ord(character):04x}" for character in secret)


def _kind(
    place: str,
    change: Callable[[Answer, Fault, Exchange], Answer],
    befalls: Callable[[Answer, Exchange], bool] = succeeded,
    *,
    truthful: bool = False,
) -> Kind:
    says = f"the credential stands in {place.replace('_', ' ')}"
    return Kind(f"echo_in_{place.replace(' ', '_')}", says, "[G]", change, befalls, truthful)


_OF_ERRORS = (
    _kind("an_error_message", _error(message=lambda secret: f"bad token {secret}, sorry")),
    _kind("a_cut_error_message", _error(message=lambda secret: "x" * 380 + secret * 30)),
    _kind("an_error_code", _error(code=lambda secret: secret)),
    _kind("an_error_chain", _error(error_chain=lambda secret: [{"code": 6111, "message": secret}])),
    _kind("an_error_address", _error(documentation_url=lambda secret: f"https://x.example/?token={secret}")),
    _kind("an_error_text", _document(400, lambda secret: {"success": False, "errors": [secret]})),
    _kind("a_field_of_an_error", _error(message=lambda secret: {secret: secret})),
)
_OF_BODIES = (
    _kind("html", _bytes(502, "text/html", lambda secret: f"<html><p>Authorization: Bearer {secret}</p></html>")),
    _kind("html_200", _bytes(200, "text/html", lambda secret: f"<html><p>Authorization: Bearer {secret}</p></html>")),
    _kind("text", _bytes(400, "text/plain", lambda secret: f"Authorization: Bearer {secret}")),
    _kind("cut_json", _bytes(200, JSON, lambda secret: f'{{"success":true,"token":"{secret[:_HALF]}')),
    _kind("cut_text", _bytes(400, "text/plain", lambda secret: f"Authorization: Bearer {secret[-_HALF:]}")),
    _kind("a_json_string", _bytes(200, JSON, json.dumps)),
    _kind("escaped_json", _bytes(400, JSON, lambda secret: f'{{"success":false,"errors":"{_escaped(secret)}"')),
    _kind(
        "an_escaped_error_message",
        _bytes(
            400,
            JSON,
            lambda secret: f'{{"success":false,"errors":[{{"code":1234,"message":"{_escaped(secret)}"}}]}}',
        ),
    ),
)
_OF_DOCUMENTS = (
    _kind("success", _beside(lambda secret: {"success": secret})),
    _kind("result", _beside(lambda secret: {"result": secret})),
    _kind("the_name_of_a_result", _beside(lambda secret: {"result": {secret: secret}})),
    _kind("an_envelope_field", _beside(lambda secret: {secret: secret}), truthful=True),
    _kind("messages", _beside(lambda secret: {"messages": [{"code": 1, "message": secret}]}), truthful=True),
    _kind(
        "an_error_beside_success",
        _beside(lambda secret: {"errors": [{"code": 1000, "message": secret}]}),
        truthful=True,
    ),
    _kind("an_application_id", _rows(lambda row, secret: row.update(appID=secret)), has_rows),
    _kind("half_an_application_id", _rows(lambda row, secret: row.update(appID=secret[:_HALF])), has_rows),
    _kind("a_number", _rows(lambda row, secret: row.update(bytesIngress=secret)), has_rows),
    _kind("the_name_of_a_field", _rows(lambda row, secret: row.update({secret: 1})), has_rows, truthful=True),
    _kind("a_field", _rows(lambda row, secret: row.update(token=secret)), has_rows, truthful=True),
)
_OF_HEADS = (
    _kind("a_header", _header(lambda secret: ("X-Echo", f"Bearer {secret}")), truthful=True),
    _kind("the_name_of_a_header", _header(lambda secret: (secret, "1")), truthful=True),
    _kind("the_limits", _header(lambda secret: ("Ratelimit", f'"{secret}";r=1000;t=1')), truthful=True),
    _kind("retry_after", _instead(503, lambda secret: ("Retry-After", secret))),
    _kind("location", _instead(302, lambda secret: ("Location", f"https://x.example/?token={secret}"))),
    _kind("content_type", _typed, truthful=True),
    _kind("content_encoding", _encoded, truthful=True),
    _kind("the_reason_phrase", _head(lambda head, secret: head.replace(b" OK", b" " + secret, 1)), truthful=True),
    _kind("the_status", _head(lambda head, secret: head.replace(b" 200 OK", b" " + secret, 1))),
    _kind("the_version", _head(lambda head, secret: secret + head)),
    _kind("a_line_without_colon", _head(_line_before_server(lambda secret: b"Bearer " + secret))),
    _kind("a_broken_header", _head(_line_before_server(lambda secret: b" : " + secret)), truthful=True),
    _kind(
        "a_length",
        _head(lambda head, secret: head.replace(b"Content-Length: ", b"Content-Length: " + secret, 1)),
        truthful=True,
    ),
    _kind("an_interim_answer", _interim, truthful=True),
    _kind("a_chunk_extension", _chunks(lambda secret: f";token={secret}", lambda _secret: ""), truthful=True),
    _kind("a_chunk_size", _chunks(lambda secret: secret, lambda _secret: "")),
    _kind("a_trailer", _chunks(lambda _secret: "", lambda secret: f"X-Echo: {secret}\r\n"), truthful=True),
)
OF_LISTS = (
    _kind("a_zone_name", _details(lambda zone, secret: zone.update(name=secret)), _is_zone),
    _kind("an_application_name", _rows(lambda row, secret: row["dns"].update(name=f"{secret}.example")), is_page),
    _kind("a_protocol", _rows(lambda row, secret: row.update(protocol=f"tcp/{secret}")), is_page),
    _kind("a_listed_id", _rows(lambda row, secret: row.update(id=secret)), is_page),
    _kind("the_name_of_a_listed_field", _rows(lambda row, secret: row.update({secret: secret})), is_page),
)

KINDS = (*_OF_ERRORS, *_OF_BODIES, *_OF_DOCUMENTS, *_OF_HEADS, *OF_LISTS)

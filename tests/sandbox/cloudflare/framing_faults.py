"""Faults in what stands around an answer on its connection, or in its head: before it, behind it, or without an end.

Interim answers: https://www.rfc-editor.org/rfc/rfc9110#section-15.2. A client must be able to read any number of them.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

from .answers import Answer, encoded, envelope, usage_row
from .calls import Exchange
from .faults import Fault, Kind
from .traffic import Reading
from .wire import Delivery, Reply, Wire, whole
from .world import make_id

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
_HINTS = (
    b"HTTP/1.1 103 Early Hints\r\n"
    b"Link: </style.css>; rel=preload; as=style\r\nLink: </script.js>; rel=preload; as=script\r\n\r\n"
)
_HINTS_WITH_A_BODY = b"HTTP/1.1 103 Early Hints\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nhints\r\n"
_SWITCHING = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

_FILLER = b"a" * 1000
_MEGABYTE = b"a" * 1024 * 1024

STRANGERS_APP_ID = make_id("an application of a zone that was not asked for")
STRANGERS_BYTES = 999_999_999_999
"""In the numbers of an answer that was meant for somebody else: no answer to a request of one's own has it."""


def _delivered(make: Callable[[Fault], Delivery]) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, fault: Fault, _exchange: Exchange) -> Answer:
        return replace(answer, deliver=make(fault))

    return change


def _always(delivery: Delivery) -> Callable[[Answer, Fault, Exchange], Answer]:
    return _delivered(lambda _fault: delivery)


def _after(*interim: bytes) -> Delivery:
    """The answer after these interim ones, each in a packet of its own."""

    def deliver(wire: Wire, reply: Reply) -> bool:
        for head in interim:
            wire.send(head)
        return whole(wire, reply)

    return deliver


def _with_interim(wire: Wire, reply: Reply) -> bool:
    wire.send(CONTINUE + _PROCESSING + _HINTS + _HINTS + reply.head() + reply.body)
    return True


def _late(fault: Fault) -> Delivery:
    def deliver(wire: Wire, reply: Reply) -> bool:
        wire.send(_HINTS)
        wire.wait(fault.delay_s)
        return whole(wire, reply)

    return deliver


def _hang_after_interim(wire: Wire, reply: Reply) -> bool:
    wire.send(_HINTS)
    wire.hang()
    return whole(wire, reply)


def _hang_with_interims(fault: Fault) -> Delivery:
    def deliver(wire: Wire, reply: Reply) -> bool:
        wire.hang(meanwhile=lambda: wire.send(CONTINUE), every_s=fault.delay_s)
        return whole(wire, reply)

    return deliver


def _close_after_interim(wire: Wire, _reply: Reply) -> bool:
    wire.send(_HINTS)
    return False


def strangers_answer(reply: Reply) -> bytes:
    """A whole answer about another zone, with the same headers."""
    row = usage_row(STRANGERS_APP_ID, Reading(STRANGERS_BYTES, STRANGERS_BYTES, 7, 7.0))
    headers = tuple(header for header in reply.headers if header[0] != "Content-Encoding")
    other = Reply(200, headers, encoded(envelope([row])))
    return other.head() + other.body


def _with_strangers(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head() + reply.body + strangers_answer(reply))
    return True


def _strangers_first(wire: Wire, reply: Reply) -> bool:
    wire.send(strangers_answer(reply) + reply.head() + reply.body)
    return True


def _strangers_after_chunks(wire: Wire, reply: Reply) -> bool:
    body = f"{len(reply.body):x}\r\n".encode() + reply.body + b"\r\n0\r\n\r\n"
    wire.send(reply.head(("Transfer-Encoding", "chunked")) + body + strangers_answer(reply))
    return True


def _strangers_late(fault: Fault) -> Delivery:
    """What comes late is for whoever asks next on this connection, if anybody does."""

    def deliver(wire: Wire, reply: Reply) -> bool:
        whole(wire, reply)
        try:
            wire.wait(fault.delay_s)
            wire.send(strangers_answer(reply))
        except OSError:
            return False  # the caller had its answer, and left
        return True

    return deliver


def _with_garbage(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head() + reply.body + b"\r\n0\r\n\r\n")
    return True


def _two_lengths(wire: Wire, reply: Reply) -> bool:
    lengths = [("Content-Length", str(length)) for length in (len(reply.body), len(reply.body) // 2)]
    wire.send(reply.head(*lengths) + reply.body)
    return False


def _with_line(line: bytes) -> Delivery:
    """The answer with one more line among its headers."""

    def deliver(wire: Wire, reply: Reply) -> bool:
        first, _, rest = reply.head().partition(b"\r\nServer: ")
        wire.send(first + b"\r\n" + line + b"\r\nServer: " + rest + reply.body)
        return True

    return deliver


def _endless(start: Callable[[Reply], bytes], more: Callable[[int], bytes]) -> Callable[[Fault], Delivery]:
    """`start`, then more and more, until there were `size_bytes` of it; then it is closed."""

    def make(fault: Fault) -> Delivery:
        def deliver(wire: Wire, reply: Reply) -> bool:
            wire.send(start(reply))
            sent = 0
            for number in count():
                if sent >= fault.size_bytes:
                    return False
                piece = more(number)
                wire.send(piece)
                sent += len(piece)
            return False

        return deliver

    return make


def _in_head(piece: Callable[[int], bytes]) -> Callable[[Answer, Fault, Exchange], Answer]:
    return _delivered(_endless(lambda reply: reply.head().removesuffix(b"\r\n"), piece))


def _in_chunks(start: bytes, piece: Callable[[int], bytes]) -> Callable[[Answer, Fault, Exchange], Answer]:
    return _delivered(_endless(lambda reply: reply.head(("Transfer-Encoding", "chunked")) + start, piece))


def _lines(number: int) -> bytes:
    return b"".join(b"X-Filler-%d-%d: %s\r\n" % (number, line, _FILLER[:40]) for line in range(100))


def _filler(_number: int) -> bytes:
    return _FILLER * 60


KINDS = (
    Kind("interim_100", "whole, after a 100", "[G]", _always(_after(CONTINUE)), truthful=True),
    Kind("interim_102", "whole, after a 102", "[G]", _always(_after(_PROCESSING)), truthful=True),
    Kind("interim_103", "whole, after a 103 with headers", "[D]", _always(_after(_HINTS)), truthful=True),
    Kind(
        "interim_several",
        "whole, after a 100, a 102 and two 103, all in one packet",
        "[G]",
        _always(_with_interim),
        truthful=True,
    ),
    Kind("interim_many", "whole, after forty times 100", "[G]", _always(_after(*[CONTINUE] * 40)), truthful=True),
    Kind("interim_late", "a 103 at once, and the answer after `delay_s`", "[G]", _delivered(_late), truthful=True),
    Kind(
        "hang_after_interim",
        "a 103, then nothing, until released; then whole",
        "[G]",
        _always(_hang_after_interim),
        truthful=True,
    ),
    Kind(
        "hang_with_interims",
        "a 100 each `delay_s`, until released; then whole",
        "[G]",
        _delivered(_hang_with_interims),
        truthful=True,
    ),
    Kind("interim_closed", "a 103, then closed", "[G]", _always(_close_after_interim)),
    Kind(
        "interim_with_a_body",
        "a 103 with a body, which none has; then whole",
        "[G]",
        _always(_after(_HINTS_WITH_A_BODY)),
    ),
    Kind("switching_protocols", "a 101, which nobody asked for; then whole", "[G]", _always(_after(_SWITCHING))),
    Kind("stray_answer", "whole, and another zone's answer behind it", "[G]", _always(_with_strangers)),
    Kind("stray_answer_first", "another zone's answer, and its own behind it", "[G]", _always(_strangers_first)),
    Kind(
        "stray_after_chunks",
        "chunked and whole, another zone's answer behind it",
        "[G]",
        _always(_strangers_after_chunks),
    ),
    Kind("stray_bytes", "whole, and bytes behind it that are no answer", "[G]", _always(_with_garbage)),
    Kind(
        "stray_answer_late",
        "whole; another zone's answer after `delay_s`",
        "[G]",
        _delivered(_strangers_late),
        truthful=True,
    ),
    Kind("two_lengths", "two headers `Content-Length` that differ", "[G]", _always(_two_lengths)),
    Kind(
        "line_without_colon",
        "whole, a header line without a colon",
        "[G]",
        _always(_with_line(b"no colon in here")),
    ),
    Kind("long_line_without_colon", "whole, one of a megabyte", "[G]", _always(_with_line(_MEGABYTE))),
    Kind(
        "long_header",
        "whole, a header of a megabyte",
        "[G]",
        _always(_with_line(b"X-Filler: " + _MEGABYTE)),
    ),
    Kind("endless_headers", "headers without an end, `size_bytes` of them", "[G]", _in_head(_lines)),
    Kind("endless_header", "a header line without an end, `size_bytes` of it", "[G]", _in_head(_filler)),
    Kind(
        "endless_interims",
        "interim answers without an end, `size_bytes` of them",
        "[G]",
        _delivered(_endless(lambda _reply: b"", lambda _number: CONTINUE * 100)),
    ),
    Kind(
        "endless_status_line",
        "a status line without an end, `size_bytes` of it",
        "[G]",
        _delivered(_endless(lambda _reply: b"HTTP/1.1 200 OK", _filler)),
    ),
    Kind("endless_chunk_size", "a chunk's size line without an end", "[G]", _in_chunks(b"1;a=", _filler)),
    Kind("endless_trailers", "trailers without an end behind the chunks", "[G]", _in_chunks(b"0\r\n", _lines)),
)

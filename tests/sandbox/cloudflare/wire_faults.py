"""Faults in how an answer travels: late, in drops, cut off, or not at all."""

from collections.abc import Callable
from dataclasses import replace

from .answers import Answer
from .calls import Exchange
from .faults import Fault, Kind
from .framing_faults import CONTINUE
from .traffic import share
from .wire import Delivery, Reply, Wire, whole

_PROMISED = 4096


def _delivered(make: Callable[[Fault, Exchange], Delivery]) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, fault: Fault, exchange: Exchange) -> Answer:
        return replace(answer, deliver=make(fault, exchange))

    return change


def _always(delivery: Delivery) -> Callable[[Answer, Fault, Exchange], Answer]:
    return _delivered(lambda _fault, _exchange: delivery)


def _reset(wire: Wire, _reply: Reply) -> bool:
    wire.reset()
    return False


def _close(_wire: Wire, _reply: Reply) -> bool:
    return False


def _cut_short(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head(("Content-Length", str(len(reply.body) + _PROMISED))) + reply.body)
    return False


def _cut_head(wire: Wire, reply: Reply) -> bool:
    head = reply.head()
    wire.send(head[: len(head) // 2])
    return False


def _garbage(wire: Wire, _reply: Reply) -> bool:
    wire.send(b"\x16\x03\x01\x00\xa5\x01\x00\x00 this is not HTTP\r\n\r\n")
    return False


def _hang(wire: Wire, reply: Reply) -> bool:
    wire.hang()
    return whole(wire, reply)


def _hang_in_body(wire: Wire, reply: Reply) -> bool:
    half = len(reply.body) // 2
    wire.send(reply.head() + reply.body[:half])
    wire.hang()
    wire.send(reply.body[half:])
    return True


def _chunked(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head(("Transfer-Encoding", "chunked")))
    for start in range(0, len(reply.body), 100):
        piece = reply.body[start : start + 100]
        wire.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    wire.send(b"0\r\n\r\n")
    return True


def _broken_chunks(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head(("Transfer-Encoding", "chunked")) + b"zz\r\n" + reply.body)
    return False


def _cut_chunks(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head(("Transfer-Encoding", "chunked")) + f"{len(reply.body):x}\r\n".encode() + reply.body + b"\r\n")
    return False


def _too_short_a_length(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head(("Content-Length", str(len(reply.body) // 2))) + reply.body)
    return False


def _goodbye(wire: Wire, reply: Reply) -> bool:
    wire.send(reply.head(("Content-Length", str(len(reply.body))), ("Connection", "close")) + reply.body)
    return False


def _silent_goodbye(wire: Wire, reply: Reply) -> bool:
    whole(wire, replace(reply, headers=tuple(header for header in reply.headers if header[0] != "Connection")))
    return False


def _slow(seconds: float) -> Delivery:
    def deliver(wire: Wire, reply: Reply) -> bool:
        wire.wait(seconds)
        return whole(wire, reply)

    return deliver


def _jitter(fault: Fault, exchange: Exchange) -> Delivery:
    return _slow(fault.delay_s * share("jitter", exchange.request.target, exchange.minute))


def _drip(fault: Fault, _exchange: Exchange) -> Delivery:
    def deliver(wire: Wire, reply: Reply) -> bool:
        wire.send(reply.head())
        _drop_by_drop(wire, reply.body, fault.delay_s)
        return True

    return deliver


def _drip_head(fault: Fault, _exchange: Exchange) -> Delivery:
    def deliver(wire: Wire, reply: Reply) -> bool:
        _drop_by_drop(wire, reply.head(), fault.delay_s)
        wire.send(reply.body)
        return True

    return deliver


def _drip_status_line(fault: Fault, _exchange: Exchange) -> Delivery:
    def deliver(wire: Wire, reply: Reply) -> bool:
        line, end, rest = reply.head().partition(b"\r\n")
        _drop_by_drop(wire, line + end, fault.delay_s)
        wire.send(rest + reply.body)
        return True

    return deliver


def _drip_interims(fault: Fault, _exchange: Exchange) -> Delivery:
    def deliver(wire: Wire, reply: Reply) -> bool:
        _drop_by_drop(wire, CONTINUE * 4, fault.delay_s)
        return whole(wire, reply)

    return deliver


def _drip_chunks(*, sizes: bool = False, data: bool = False, trailers: bool = False) -> Callable[..., Delivery]:
    """Chunked, and these parts of it byte by byte. A size comes with an extension."""

    def make(fault: Fault, _exchange: Exchange) -> Delivery:
        def deliver(wire: Wire, reply: Reply) -> bool:
            wire.send(reply.head(("Transfer-Encoding", "chunked"), ("Trailer", "X-Checksum")))
            for part, drips in (
                (f'{len(reply.body):x};name="value";more=text\r\n'.encode(), sizes),
                (reply.body, data),
                (b"\r\n0\r\n", False),
                (b"X-Checksum: 0123456789abcdef0123456789abcdef\r\n\r\n", trailers),
            ):
                _drop_by_drop(wire, part, fault.delay_s) if drips else wire.send(part)
            return True

        return deliver

    return make


def _drop_by_drop(wire: Wire, data: bytes, seconds: float) -> None:
    for at in range(len(data)):
        wire.wait(seconds)
        wire.send(data[at : at + 1])


KINDS = (
    Kind("connection_reset", "a TCP reset before any answer", "[G]", _always(_reset)),
    Kind("closed_before_answer", "closed before any answer", "[G]", _always(_close)),
    Kind("cut_short", "closed before the promised length", "[T]", _always(_cut_short)),
    Kind("cut_headers", "closed within the headers", "[G]", _always(_cut_head)),
    Kind("not_http", "bytes that are no HTTP", "[G]", _always(_garbage)),
    Kind("hang", "nothing, until released; then whole", "[G]", _always(_hang), truthful=True),
    Kind("hang_in_body", "half of the body; the rest when released", "[G]", _always(_hang_in_body), truthful=True),
    Kind("broken_chunks", "chunked, with a chunk size that is no number", "[G]", _always(_broken_chunks)),
    Kind("cut_chunks", "chunked, closed before the last chunk", "[G]", _always(_cut_chunks)),
    Kind("too_short_a_length", "a Content-Length of half the body", "[G]", _always(_too_short_a_length)),
    Kind("chunked", "chunked and whole, as Cloudflare often sends", "[T]", _always(_chunked), truthful=True),
    Kind("goodbye", "whole, and `Connection: close`", "[G]", _always(_goodbye), truthful=True),
    Kind("silent_goodbye", "whole, then closed without a word", "[G]", _always(_silent_goodbye), truthful=True),
    Kind("slow", "whole, after `delay_s`", "[G]", _delivered(lambda f, _: _slow(f.delay_s)), truthful=True),
    Kind("latency", "whole, after between 0 and `delay_s`", "[G]", _delivered(_jitter), truthful=True),
    Kind("drip_body", "the body byte by byte, one each `delay_s`", "[G]", _delivered(_drip), truthful=True),
    Kind("drip_headers", "the headers byte by byte, one each `delay_s`", "[G]", _delivered(_drip_head), truthful=True),
    Kind("drip_status_line", "the status line byte by byte", "[G]", _delivered(_drip_status_line), truthful=True),
    Kind("drip_interims", "interim answers byte by byte, then whole", "[G]", _delivered(_drip_interims), truthful=True),
    Kind(
        "drip_chunk_sizes",
        "chunked, the sizes with their extensions byte by byte",
        "[G]",
        _delivered(_drip_chunks(sizes=True)),
        truthful=True,
    ),
    Kind("drip_chunks", "chunked, its data byte by byte", "[G]", _delivered(_drip_chunks(data=True)), truthful=True),
    Kind(
        "drip_trailers",
        "chunked, and a trailer byte by byte behind it",
        "[G]",
        _delivered(_drip_chunks(trailers=True)),
        truthful=True,
    ),
)

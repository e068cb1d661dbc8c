"""Faults in the bytes of a body: cut, garbled, oversized, wrongly packed or labelled, within right framing."""

import gzip
import zlib
from dataclasses import replace
from functools import cache

from .answers import JSON, Answer
from .calls import Exchange
from .envelope_faults import succeeded
from .faults import Fault, Kind

_DEPTH = 200_000
_CHUNK = 1024 * 1024


def _plain(answer: Answer, body: bytes) -> Answer:
    return replace(answer, body=body, compress=False)


def _packed(answer: Answer, body: bytes, encoding: str = "gzip") -> Answer:
    return _plain(answer, body).with_headers([("Content-Encoding", encoding)])


def _cut(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _invalid_utf8(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return _plain(answer, answer.body.replace(b'"result":', b'"note":"\xff\xfe\xc3(","result":'))


def _marked(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return _plain(answer, b"\xef\xbb\xbf" + answer.body)


def _deep(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    nested = b"[" * _DEPTH + b"]" * _DEPTH
    return _plain(answer, b'{"success":true,"errors":[],"messages":[],"result":' + nested + b"}")


def _broken_gzip(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    packed = bytearray(gzip.compress(answer.body, mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    return _packed(answer, bytes(packed))


def _cut_gzip(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    packed = gzip.compress(answer.body, mtime=0)
    return _packed(answer, packed[: len(packed) // 2])


def _not_gzip(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return _packed(answer, answer.body)


def _brotli(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return _packed(answer, b"\x0b\x02\x80OK\x03", "br")


def _bomb(answer: Answer, fault: Fault, _exchange: Exchange) -> Answer:
    return _packed(answer, _zipped_blanks(answer.body, fault.size_bytes))


def _huge(answer: Answer, fault: Fault, _exchange: Exchange) -> Answer:
    return _plain(answer, answer.body[:-1] + b" " * (fault.size_bytes - len(answer.body)) + b"}")


def _page_type(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return replace(answer, content_type="text/html; charset=UTF-8")


def _charset(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return replace(answer, content_type=f"{JSON}; charset=utf-8")


@cache
def _zipped_blanks(body: bytes, size_bytes: int) -> bytes:
    """Gzip that unpacks to this body, still JSON, with blanks before its last brace up to the size."""
    packer = zlib.compressobj(level=9, wbits=31)
    packed = [packer.compress(body[:-1])]
    blanks = size_bytes - len(body)
    while blanks > 0:
        packed.append(packer.compress(b" " * min(_CHUNK, blanks)))
        blanks -= _CHUNK
    return b"".join((*packed, packer.compress(body[-1:]), packer.flush()))


KINDS = (
    Kind("cut_json", "half of the JSON; its length is right", "[T]", _cut, succeeded),
    Kind("invalid_utf8", "a string holds bytes that are not UTF-8", "[G]", _invalid_utf8, succeeded),
    Kind("byte_order_mark", "the JSON follows a byte order mark", "[G]", _marked, succeeded, truthful=True),
    Kind("deep_json", "JSON nested 200,000 deep", "[G]", _deep, succeeded),
    Kind("broken_gzip", "gzip with a byte changed", "[G]", _broken_gzip, succeeded),
    Kind("cut_gzip", "half of the gzip; its length is right", "[G]", _cut_gzip, succeeded),
    Kind("not_gzip", "labelled gzip, and is none", "[G]", _not_gzip, succeeded),
    Kind("unasked_brotli", "labelled br, which nobody asked for", "[G]", _brotli, succeeded),
    Kind("gzip_bomb", "a small gzip that unpacks to `size_bytes`", "[G]", _bomb, succeeded),
    Kind("huge_body", "`size_bytes` of JSON, blanks for the most", "[G]", _huge, succeeded),
    Kind("wrong_content_type", "good JSON labelled HTML", "[G]", _page_type, succeeded, truthful=True),
    Kind("charset", "good JSON whose label names its charset", "[T]", _charset, succeeded, truthful=True),
)

"""gzip, undone piece by piece: constant memory, whatever an object claims to be."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO, Final

from contract.raw import LARGEST_BYTES

_GZIP: Final = 16 + zlib.MAX_WBITS
_PIECE_BYTES: Final = 2**20


class Corrupt(Exception):
    """These bytes are not a whole gzip file. The message says why, in words without content."""


@dataclass(frozen=True, slots=True)
class Inflated:
    """What was written."""

    size_bytes: int
    lines: int
    """Line breaks, and one more when the last line has none. Blank lines count here."""


def inflate(pieces: Iterable[bytes], to: BinaryIO, largest_bytes: int = LARGEST_BYTES) -> Inflated:
    """Write out what the pieces of a gzip file hold. Several files in a row are one, as `gunzip` reads them.

    Raises Corrupt for anything that is cut short, damaged, followed by something else, or too large.
    """
    size = breaks = members = 0
    last = b""
    member = None
    for piece in pieces:
        rest = piece
        while rest:
            if member is None:
                member = zlib.decompressobj(_GZIP)
                members += 1
            try:
                plain = member.decompress(rest, _PIECE_BYTES)
            except zlib.error:
                raise Corrupt(_damage(size, members)) from None
            size += len(plain)
            if size > largest_bytes:
                raise Corrupt(f"larger than {largest_bytes} bytes when inflated")
            breaks += plain.count(b"\n")
            last = plain[-1:] or last
            to.write(plain)
            rest = member.unconsumed_tail
            if member.eof:
                rest, member = member.unused_data, None
    if member is not None or not members:
        raise Corrupt("cut short" if members else "empty")
    return Inflated(size, breaks + (last not in (b"", b"\n")))


def _damage(size: int, members: int) -> str:
    if members > 1:
        return "the gzip data is followed by something else"
    return "damaged gzip data" if size else "not gzip, or damaged at its beginning"

"""gzip, whole or refused."""

import gzip
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactor.download import Corrupt, Inflated, inflate

TEXT = b'{"a":1}\n{"a":2}\n'


def inflated(body: bytes, piece: int = 7, largest_bytes: int = 10**6) -> tuple[Inflated, bytes]:
    to = io.BytesIO()
    return inflate(pieces(body, piece), to, largest_bytes), to.getvalue()


def pieces(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.integers(1, 400))
def test_what_was_zipped_comes_out_however_it_is_cut_into_pieces(members: list[bytes], piece: int) -> None:
    text = b"".join(members)
    result, plain = inflated(b"".join(gzip.compress(member) for member in members), piece)
    assert plain == text
    assert result.size_bytes == len(text)
    assert result.lines == len(text.split(b"\n")) - (text.endswith(b"\n") or not text)


@given(st.data())
def test_an_object_cut_short_anywhere_is_refused(data: st.DataObject) -> None:
    body = gzip.compress(TEXT)
    cut = data.draw(st.integers(0, len(body) - 1))
    with pytest.raises(Corrupt, match="cut short" if cut else "empty"):
        inflated(body[:cut])


@given(st.integers(10, len(gzip.compress(TEXT, mtime=0)) - 1), st.integers(1, 255))
def test_a_changed_byte_never_changes_what_comes_out(position: int, change: int) -> None:
    body = bytearray(gzip.compress(TEXT, mtime=0))
    body[position] ^= change
    try:
        _, plain = inflated(bytes(body))
    except Corrupt:
        return
    assert plain == TEXT


@given(st.binary(min_size=1, max_size=50).filter(lambda junk: not junk.startswith(b"\x1f")))
def test_something_behind_the_end_is_refused(junk: bytes) -> None:
    with pytest.raises(Corrupt, match=r"the gzip data is followed by something else|cut short"):
        inflated(gzip.compress(TEXT) + junk)


@pytest.mark.parametrize("body", [TEXT, b"\x00" * 100, b"PK\x03\x04", b"\x1f\x8b\x07" + b"\x00" * 30])
def test_what_is_not_gzip_is_called_so(body: bytes) -> None:
    with pytest.raises(Corrupt, match="not gzip"):
        inflated(body)


def test_a_bomb_is_refused_before_it_fills_the_disk() -> None:
    to = io.BytesIO()
    with pytest.raises(Corrupt, match="larger than 3000000 bytes when inflated"):
        inflate(pieces(gzip.compress(b"\n" * 10**8), 4096), to, 3_000_000)
    assert len(to.getvalue()) <= 3_000_000


def test_the_last_line_counts_with_and_without_its_break() -> None:
    assert [inflated(gzip.compress(text))[0].lines for text in (b"", b"\n", b"a", b"a\n", b"a\nb")] == [0, 1, 1, 1, 2]

"""Faults in the bytes of a body: cut, garbled, oversized, wrongly packed or labelled."""

import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.sandbox.cloudflare import Cloudflare, Fault, body_faults, sample_world
from tests.sandbox.cloudflare.caller import hear

MIB = 1024 * 1024
WORLD = sample_world(zones=2, applications=2)
NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with Cloudflare(WORLD, clock=lambda: NOW) as running:
        yield running


def test_cut_json_has_the_right_length_and_no_end(cloudflare: Cloudflare) -> None:
    heard = hear(cloudflare, Fault("cut_json"))
    assert len(heard.body) == int(heard.headers["content-length"])
    with pytest.raises(json.JSONDecodeError):
        json.loads(heard.body)


def test_cut_json_may_be_packed_well(cloudflare: Cloudflare) -> None:
    heard = hear(cloudflare, Fault("cut_json"), Accept_Encoding="gzip")
    with pytest.raises(json.JSONDecodeError):
        json.loads(gzip.decompress(heard.body))


def test_invalid_utf8_is_none(cloudflare: Cloudflare) -> None:
    with pytest.raises(UnicodeDecodeError):
        hear(cloudflare, Fault("invalid_utf8")).body.decode()


def test_deep_json_is_deeper_than_a_reader_goes(cloudflare: Cloudflare) -> None:
    body = hear(cloudflare, Fault("deep_json")).body
    assert body.count(b"[") > 100_000
    with pytest.raises(RecursionError):
        json.loads(body)


@pytest.mark.parametrize("kind", ["broken_gzip", "cut_gzip", "not_gzip"])
def test_bad_gzip_is_labelled_gzip_and_cannot_be_unpacked(cloudflare: Cloudflare, kind: str) -> None:
    heard = hear(cloudflare, Fault(kind))
    assert heard.headers["content-encoding"] == "gzip"
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(heard.body)


def test_unasked_brotli_is_labelled_so(cloudflare: Cloudflare) -> None:
    assert hear(cloudflare, Fault("unasked_brotli")).headers["content-encoding"] == "br"


def test_a_gzip_bomb_is_small_and_unpacks_to_its_size(cloudflare: Cloudflare) -> None:
    heard = hear(cloudflare, Fault("gzip_bomb", size_bytes=8 * MIB))
    assert len(heard.body) < 16 * 1024
    unpacked = gzip.decompress(heard.body)
    assert len(unpacked) == 8 * MIB
    assert json.loads(unpacked)["success"] is True


def test_a_huge_body_is_of_its_size(cloudflare: Cloudflare) -> None:
    heard = hear(cloudflare, Fault("huge_body", size_bytes=2 * MIB), Accept_Encoding="gzip")
    assert len(heard.body) == 2 * MIB
    assert heard.document["success"] is True


def test_labels_can_be_wrong_or_more_exact_over_good_json(cloudflare: Cloudflare) -> None:
    wrong = hear(cloudflare, Fault("wrong_content_type", times=1))
    assert wrong.headers["content-type"].startswith("text/html")
    assert wrong.document["success"] is True
    assert hear(cloudflare, Fault("charset")).headers["content-type"] == "application/json; charset=utf-8"


def test_a_byte_order_mark_stands_before_good_json(cloudflare: Cloudflare) -> None:
    heard = hear(cloudflare, Fault("byte_order_mark"))
    assert heard.body[:3] == b"\xef\xbb\xbf"
    assert json.loads(heard.body[3:])["success"] is True


def test_every_kind_has_its_test() -> None:
    assert {kind.name for kind in body_faults.KINDS} == {
        "cut_json",
        "invalid_utf8",
        "deep_json",
        "broken_gzip",
        "cut_gzip",
        "not_gzip",
        "unasked_brotli",
        "gzip_bomb",
        "huge_body",
        "wrong_content_type",
        "charset",
        "byte_order_mark",
    }

"""What LIST says of a day."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from compactor.bucket import RawFolders, RawLayer
from contract.raw import raw_key
from tests.unit.compactor.lake import DAY, START, Lake
from tests.unit.examples import BUCKET

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


@pytest.fixture
def raw(s3: "S3Client") -> RawLayer:
    return RawLayer(s3, BUCKET)


def test_days_are_found_oldest_first_and_everything_else_is_a_stray(lake: Lake, raw: RawLayer) -> None:
    for key in (
        "raw/dt=2026-11-22/x",
        "raw/dt=2025-01-01/x",
        "raw/dt=2026-1-2/x",
        "raw/x",
        "raw/",
        "raw/dt=20261122/x",
    ):
        lake.put(key, b"")
    assert raw.folders() == RawFolders(
        days=(date(2025, 1, 1), DAY), strays=("raw/x", "raw/dt=2026-1-2/", "raw/dt=20261122/")
    )


def test_more_days_than_a_page_holds_are_all_found(lake: Lake, raw: RawLayer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "7")
    days = [DAY - timedelta(days=back) for back in range(20)]
    for day in days:
        lake.put(f"raw/dt={day}/x", b"")
    assert raw.folders().days == tuple(sorted(days))


def test_a_day_of_more_objects_than_a_page_holds_is_listed_whole(
    lake: Lake, raw: RawLayer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "7")
    for number in range(20):
        lake.put(raw_key(START + timedelta(minutes=number), "main"), b"12")
    listing = raw.day(DAY)
    assert len(listing.objects) == len(listing.minutes) == 20
    assert listing.size_bytes == 40
    assert listing.objects[1].minute == START + timedelta(minutes=1)


def test_an_object_in_another_days_folder_is_alien(lake: Lake, raw: RawLayer) -> None:
    lake.put("raw/dt=2026-11-22/0000-main.json.gz", b"")
    misplaced = lake.put("raw/dt=2026-11-22/dt=2026-11-21/0000-main.json.gz", b"")
    listing = raw.day(DAY)
    assert ([each.source for each in listing.objects], listing.unexpected_objects) == (["main"], (misplaced,))


def test_the_digest_follows_keys_and_contents_of_raw_objects_alone(lake: Lake, raw: RawLayer) -> None:
    key = lake.put(raw_key(START, "main"), b"1")
    digest = raw.day(DAY).digest
    lake.put("raw/dt=2026-11-22/alien", b"1")
    assert raw.day(DAY).digest == digest
    lake.put(key, b"2")
    changed = raw.day(DAY).digest
    lake.put(raw_key(START, "other"), b"2")
    assert len({digest, changed, raw.day(DAY).digest}) == 3
    lake.delete(raw_key(START, "other"))
    lake.put(key, b"1")
    assert raw.day(DAY).digest == digest


def test_a_folder_holds_something_when_it_is_more_than_its_marker(lake: Lake, raw: RawLayer) -> None:
    assert not raw.holds_anything(DAY)
    lake.put("raw/dt=2026-11-22/", b"")
    assert not raw.holds_anything(DAY)
    lake.put("raw/dt=2026-11-22/x", b"")
    assert raw.holds_anything(DAY)

"""Names as they were: the catalogue that the run of a minute had."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from collector.app_names import AppNames, Catalog, ZoneNames
from commands._saved import MinuteRefused
from commands.replay.plan import NamesAsOf
from contract.raw import catalog_key
from tests.unit.examples import BUCKET, MINUTE, client_error, zone

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

ZONE = zone().id
LONG_AGO = MINUTE - timedelta(days=30)


def catalog(label: str, *, initialized: bool = True) -> Catalog:
    return Catalog({ZONE: ZoneNames(apps={"app1": AppNames(label, None)}, initialized=initialized)})


class Kept:
    """An S3 with these versions of main's catalogue, the newest first, as S3 lists them."""

    def __init__(self, *versions: tuple[datetime, bytes]) -> None:
        self.read: list[str] = []
        self._versions = versions

    def get_paginator(self, operation: str) -> "Kept":
        assert operation == "list_object_versions"
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        assert asked["Prefix"] == catalog_key("main")
        listed = [
            {"Key": catalog_key("main"), "VersionId": str(number), "LastModified": at}
            for number, (at, _) in enumerate(self._versions)
        ]
        alien = {"Key": catalog_key("main") + ".bak", "VersionId": "alien", "LastModified": MINUTE}
        return [{"Versions": listed[::-1]}, {"Versions": [alien]}, {"DeleteMarkers": []}]

    def get_object(self, **asked: Any) -> dict[str, Any]:
        self.read.append(asked["VersionId"])
        body = self._versions[int(asked["VersionId"])][1]
        return {"Body": type("Body", (), {"read": lambda _self: body})()}


def label(kept: Kept, minute: datetime = MINUTE) -> str:
    """What app1 is called in the names of this minute."""
    return NamesAsOf(cast(Any, kept), BUCKET).at("main", minute, [ZONE]).zone(ZONE).app_labels()["app1"]


def version(label: str, at: datetime, *, initialized: bool = True) -> tuple[datetime, bytes]:
    return at, catalog(label, initialized=initialized).to_json()


def test_the_names_are_those_of_the_minute_and_not_of_today() -> None:
    kept = Kept(
        version("older", LONG_AGO),
        version("then", MINUTE + timedelta(seconds=65)),
        version("renamed", MINUTE + timedelta(minutes=10)),
    )
    assert label(kept) == "then"
    assert label(kept, MINUTE - timedelta(hours=1)) == "older"
    assert label(kept, MINUTE + timedelta(hours=1)) == "renamed"


def test_before_the_first_names_the_first_ones_serve() -> None:
    assert label(Kept(version("first", MINUTE + timedelta(hours=5)), version("next", MINUTE + timedelta(hours=6)))) == (
        "first"
    )


def test_where_a_zone_had_not_been_asked_for_names_the_first_later_ones_serve() -> None:
    unsettled = version("early", LONG_AGO, initialized=False)
    assert label(Kept(unsettled, version("initialized", MINUTE + timedelta(hours=5)))) == "initialized"
    assert label(Kept(unsettled)) == "early"


def test_a_catalogue_that_cannot_be_understood_is_passed_over() -> None:
    assert label(Kept((LONG_AGO, b"{"), version("next", MINUTE + timedelta(hours=5)))) == "next"


def test_without_any_names_nothing_is_published_under_guessed_ones(s3: "S3Client") -> None:
    with pytest.raises(MinuteRefused, match=r"there is no catalog/main.json yet: replay when"):
        NamesAsOf(s3, BUCKET).at("main", MINUTE, [ZONE])
    with pytest.raises(MinuteRefused, match="there is no"):
        label(Kept((LONG_AGO, b"{")))


def test_when_s3_does_not_answer_the_minute_is_refused() -> None:
    class Down(Kept):
        def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
            raise client_error("SlowDown", 503, "ListObjectVersions")

    with pytest.raises(MinuteRefused, match=r"catalog/main.json could not be read: SlowDown"):
        label(Down())


def test_each_version_is_read_once() -> None:
    kept = Kept(version("then", LONG_AGO), version("later", MINUTE + timedelta(days=1)))
    names = NamesAsOf(cast(Any, kept), BUCKET)
    for after in range(5):
        names.at("main", MINUTE + timedelta(minutes=after), [ZONE])
    assert kept.read == ["0"]


def test_a_bucket_without_versions_has_its_one_catalogue(s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=catalog_key("main"), Body=catalog("only").to_json())
    assert NamesAsOf(s3, BUCKET).at("main", MINUTE, [ZONE]) == catalog("only")

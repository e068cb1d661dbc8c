"""The writer of cdk.json: what is not `sources` comes back as it was, and what would be lost is refused."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from commands._aws import CommandFailed
from commands._cloudflare import SeenZone
from commands.discover import CdkJson, compose, usable_target
from infra.configuration import ConfigurationError, parse
from tests.unit.commands.newcomer import source

TEXTS = st.text(st.characters(exclude_categories=()), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)
ZONE_IDS = st.integers(0, 2**64).map(lambda number: f"{number:032x}")
NAMES = st.text(max_size=12)
SEEN = st.lists(st.builds(SeenZone, ZONE_IDS, NAMES), max_size=30, unique_by=lambda zone: zone.id)


def ordered(value: Any) -> Any:
    """A value with the order of its keys, which matters to people."""
    if isinstance(value, dict):
        return [(key, ordered(each)) for key, each in value.items()]
    return [ordered(each) for each in value] if isinstance(value, list) else value


DOCUMENTS = st.builds(
    lambda top, context, spectrum: top | {"context": context | {"spectrum": spectrum | {"sources": [source()]}}},
    *(OBJECTS, OBJECTS, OBJECTS),
)


@given(DOCUMENTS, st.booleans(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", "\n"]))
def test_everything_else_in_the_file_comes_back_as_it_was(
    document: dict[str, Any], ascii_only: bool, line_end: str, last: str
) -> None:
    text = (json.dumps(document, indent=2, ensure_ascii=ascii_only) + last).replace("\n", line_end)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        assume(False)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cdk.json"
        file.write_bytes(data)
        read = CdkJson.read(file)
        assert read.with_sources(read.sources) == text

        sources = [source("new", ["a" * 32])]
        read.write(read.with_sources(sources))
        document["context"]["spectrum"]["sources"] = sources
        assert ordered(json.loads(file.read_text(encoding="utf-8"))) == ordered(document)
        assert list(Path(folder).iterdir()) == [file]


@given(SEEN, SEEN, st.integers(10, 20))
def test_every_zone_stands_in_one_source_within_its_budget_and_those_there_stay(
    there: list[SeenZone], found: list[SeenZone], budget: int
) -> None:
    there = there[:budget]
    kept: list[Any] = [{"id": zone.id, "colos": ["AMS"]} for zone in there]
    before = [source(zones=kept, requests_per_minute=budget), source("other", ["f" * 32])]
    composition = compose(before, usable_target(before, None), found)
    main, other, *further = composition.sources
    assert main["zones"][: len(kept)] == kept
    assert other == before[1]
    ids = [entry if isinstance(entry, str) else entry["id"] for each in composition.sources for entry in each["zones"]]
    assert len(ids) == len(set(ids))
    assert set(ids) == {zone.id for zone in (*there, *found)} | {"f" * 32}
    assert all(len(each["zones"]) <= budget for each in (main, *further))
    assert len({each["name"] for each in composition.sources}) == len(composition.sources)
    assert bool(further) == bool(composition.arithmetic)
    if main["zones"]:
        parse({"sources": composition.sources})


def test_what_is_there_is_not_changed_in_place() -> None:
    before = [source()]
    compose(before, before[0], [SeenZone("a" * 32, "a.example")])
    assert before == [source()]


@pytest.mark.parametrize("order", [1, -1])
def test_no_zone_is_written_with_a_name_that_another_has_too_whichever_comes_first(order: int) -> None:
    named = {"a": "same.example", "b": "same.example", "c": "mine.example", "d": "日本.jp", "e": "theirs.example"}
    zones = [SeenZone(letter * 32, name) for letter, name in named.items()][::order]
    before = [source(), source("other", zones=[{"id": "f" * 32, "name": "theirs.example"}])]
    composition = compose(before, before[0], zones)
    written = composition.sources[0]["zones"]
    assert written[::order] == [
        "a" * 32,
        "b" * 32,
        {"id": "c" * 32, "name": "mine.example"},
        {"id": "d" * 32, "name": "日本.jp"},
        "e" * 32,
    ]
    parse({"sources": composition.sources[:1]})
    assert [note.partition(": ")[0] for note in composition.notes][::order] == [
        "same.example is the name of several zones",
        "same.example is the name of several zones",
        "theirs.example is the name of several zones",
    ]
    assert all("zones[].name" in note for note in composition.notes)


def test_zones_of_other_sources_of_the_owner_count_towards_its_budget() -> None:
    shared: dict[str, Any] = {"owner": "me", "requests_per_minute": 10}
    before = [source("one", **shared), source("two", [f"{number:032x}" for number in range(8)], **shared)]
    zones = [SeenZone(f"{number:032x}", f"z{number}") for number in range(100, 105)]
    composition = compose(before, before[0], zones)
    assert [(each["name"], len(each["zones"])) for each in composition.sources] == [
        ("one", 1),
        ("two", 8),
        ("one-2", 4),
    ]
    parse({"sources": composition.sources})


def test_a_raised_limit_is_not_supposed_of_another_user() -> None:
    zones = [SeenZone(f"{number:032x}", f"z{number}") for number in range(500)]
    before = [source(requests_per_minute=300)]
    composition = compose(before, before[0], zones)
    assert [len(each["zones"]) for each in composition.sources] == [300, 180, 20]
    assert [each.get("requests_per_minute") for each in composition.sources] == [300, None, None]
    parse({"sources": composition.sources})


def test_a_file_without_sources_gets_the_usual_one(tmp_path: Path) -> None:
    file = tmp_path / "cdk.json"
    file.write_text('{"app": "python app.py"}')
    read = CdkJson.read(file)
    composition = compose(read.sources, usable_target(read.sources, None), [SeenZone("a" * 32, "a.example")])
    assert json.loads(read.with_sources(composition.sources))["context"]["spectrum"]["sources"] == [
        source(zones=[{"id": "a" * 32, "name": "a.example"}])
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1, "a": 2}', "a key stands in an object twice"),
        ('{"context": {"x": NaN}}', "NaN is not JSON"),
        ("[]", "must be an object"),
        ('{"context": []}', "must be an object"),
        ('{"context": {"spectrum": "{}"}}', "must be an object, its sources a list of objects"),
        ('{"context": {"spectrum": {"sources": ["main"]}}}', "a list of objects"),
        ('{"context": {"spectrum": {"sources": [{"zones": "abc"}]}}}', "the zones of each a list"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_what_could_not_be_written_again_without_a_loss_is_refused(text: str, why: str, tmp_path: Path) -> None:
    file = tmp_path / "cdk.json"
    file.write_text(text)
    with pytest.raises(CommandFailed, match=why):
        CdkJson.read(file)


def test_a_number_beyond_all_bounds_is_not_written_as_infinity(tmp_path: Path) -> None:
    file = tmp_path / "cdk.json"
    file.write_text('{"context": {"x": 1e999}}')
    with pytest.raises(CommandFailed, match="a number that is too large"):
        CdkJson.read(file).with_sources([])


def test_a_file_that_has_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "cdk.json"
    file.write_text("{}")
    read = CdkJson.read(file)
    file.write_text('{"mine": 1}')
    with pytest.raises(CommandFailed, match="has changed since it was read: nothing was written"):
        read.write("{}")
    assert file.read_text() == '{"mine": 1}'


def test_a_write_that_fails_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cdk.json"
    file.write_text("{}")
    read = CdkJson.read(file)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CommandFailed, match=r"could not be written .No space left on device.: it is as it was"):
        read.write('{"new": 1}')
    assert (file.read_text(), list(tmp_path.iterdir())) == ("{}", [file])


def test_a_source_that_is_wrong_beyond_its_zones_is_no_target() -> None:
    with pytest.raises(ConfigurationError, match=r"sources\[0\].secret: is missing"):
        usable_target([{"name": "main", "zones": ["wrong"]}], None)
    assert usable_target([source(zones=["wrong"])], None)["zones"] == ["wrong"]


def test_a_further_source_gets_a_secret_that_no_other_source_has() -> None:
    """The one that is there holds the token of a user who polls other zones with the same budget."""
    other = source("other", [f"{number:032x}" for number in range(1_000, 1_100)]) | {"secret": "s-2"}
    owned = source("owned", ["f" * 32]) | {"secret": "x", "owner": "s-3"}
    before = [source("main", []) | {"secret": "s"}, other, owned]
    found = [SeenZone(f"{number:032x}", f"z{number}.example") for number in range(300)]
    composition = compose(before, usable_target(before, None), found)
    assert composition.new_secrets == ["s-4"]
    assert [each["name"] for each in composition.sources] == ["main", "other", "owned", "main-4"]
    assert {each.secret for each in parse({"sources": composition.sources}).sources} == {"s", "s-2", "x", "s-4"}


def test_zones_that_come_later_find_the_room_that_is_left_in_further_sources_of_before() -> None:
    """A source more would need a token of one more Cloudflare user."""

    def zones(first: int, last: int) -> list[SeenZone]:
        return [SeenZone(f"{number:032x}", f"z{number}.example") for number in range(first, last)]

    nothing = [source()]
    before = compose(nothing, nothing[0], zones(0, 200)).sources
    alien = source("main-9", [f"{999:032x}"]) | {"secret": "somebody-elses"}
    target = before[0]
    assert [len(each["zones"]) for each in before] == [180, 20]
    after = compose([*before, alien], target, zones(0, 400))
    assert [(each["name"], len(each["zones"])) for each in after.sources] == [
        ("main", 180),
        ("main-2", 180),
        ("main-9", 1),
        ("main-3", 40),
    ]
    assert after.sources[1]["zones"][:20] == before[1]["zones"]
    assert after.new_secrets == [after.sources[3]["secret"]]
    parse({"sources": after.sources})
    shared = [each | {"owner": "me"} for each in before]
    assert [len(each["zones"]) for each in compose(shared, shared[0], zones(0, 201)).sources] == [180, 20, 1]

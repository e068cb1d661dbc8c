"""Names, and the labels made of them."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.naming.catalog import (
    LABEL_LIMIT,
    SEEN_FOR,
    AppNames,
    Catalog,
    ZoneNames,
    ascii_label,
    label_apps,
    unique_label,
)
from tests.unit.examples import NOW

Listed = Mapping[str, tuple[str | None, str | None]]

ids = st.sampled_from(["a1", "b2", "a1b2c3d4", "a1b2c3d5", "a1b2c3d6", "ffffffffffff"])
names = st.none() | st.sampled_from(["ssh.example.com", "a (1)", "a", ": :", "é", ""]) | st.text(max_size=300)
listings = st.dictionaries(ids, st.tuples(names, st.none() | st.sampled_from(["tcp/22", "udp/53"])), max_size=8)
moments = st.none() | st.timedeltas(timedelta(0), timedelta(days=9000)).map(lambda ago: NOW - ago)
apps = st.builds(AppNames, names, names, st.text(max_size=20))
zones = st.builds(
    ZoneNames,
    name=names,
    apps=st.dictionaries(ids, apps, max_size=3),
    seen=st.dictionaries(ids, st.dates(), max_size=3),
    tried_at=moments,
    listed_at=moments,
    settled=st.booleans(),
    failures=st.integers(0, 9),
)
catalogs = st.builds(Catalog, st.dictionaries(ids, zones, max_size=3))


@given(listings)
def test_labels_are_unlike_each_other_and_fit_a_dimension_value(listed: Listed) -> None:
    labels = [app.label for app in label_apps(listed, ZoneNames()).values()]
    assert len(set(labels)) == len(listed)
    for label in labels:
        assert label.isascii()
        assert label.isprintable()
        assert label.strip()
        assert not label.startswith(":")
        assert len(label) <= 1024


@given(listings, listings)
def test_who_has_a_label_keeps_it_whoever_comes_or_goes(first: Listed, second: Listed) -> None:
    before = ZoneNames(apps=label_apps(first, ZoneNames()))
    after = label_apps(second, before)
    assert set(after) == set(second)
    assert len({app.label for app in after.values()}) == len(second)
    kept = [app_id for app_id in second if first.get(app_id) == second[app_id]]
    assert {app_id: after[app_id] for app_id in kept} == {app_id: before.apps[app_id] for app_id in kept}


def test_a_label_stays_when_the_other_application_of_that_name_goes() -> None:
    twice: Listed = {"a1": ("ssh.example.com", "tcp/22"), "b2": ("ssh.example.com", "tcp/22")}
    before = ZoneNames(apps=label_apps(twice, ZoneNames()))
    assert label_apps({"b2": twice["b2"]}, before)["b2"].label == "ssh.example.com tcp/22 (b2)"


@given(listings)
def test_labels_do_not_depend_on_the_order_of_the_list(listed: Listed) -> None:
    backwards = dict(reversed(list(listed.items())))
    assert label_apps(listed, ZoneNames()) == label_apps(backwards, ZoneNames())


def test_a_label_is_the_name_and_the_protocol_and_equal_ones_get_the_beginning_of_the_id() -> None:
    listed = {
        "aaaaaaaa1": ("ssh.example.com", "tcp/22"),
        "bbbbbbbb2": ("ssh.example.com", "tcp/22"),
        "c3": (None, None),
    }
    assert {app_id: app.label for app_id, app in label_apps(listed, ZoneNames()).items()} == {
        "aaaaaaaa1": "ssh.example.com tcp/22",
        "bbbbbbbb2": "ssh.example.com tcp/22 (bbbbbb)",
        "c3": "c3",
    }


@given(st.text(max_size=20), ids, st.sets(st.text(max_size=30)))
def test_a_unique_label_is_none_that_is_taken(label: str, identifier: str, taken: set[str]) -> None:
    crowded = taken | {label, f"{label} ({identifier[:6]})", f"{label} ({identifier})"}
    assert unique_label(label, identifier, crowded) not in crowded


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("ssh.example.com tcp/22", "ssh.example.com tcp/22"),
        ("  padded\n", "padded?"),
        ("dønér.example", "d?n?r.example"),
        (":colon", "colon"),
        (": : colon", "colon"),
        ("", "the-id"),
        ("   ", "the-id"),
        ("???", "the-id"),
        ("日本語", "the-id"),
        ("x" * 5000, "x" * LABEL_LIMIT),
    ],
)
def test_a_text_becomes_a_dimension_value_or_gives_way_to_the_id(text: str, label: str) -> None:
    assert ascii_label(text, "the-id") == label


@given(catalogs)
def test_a_catalogue_comes_back_as_it_was_kept(catalog: Catalog) -> None:
    assert Catalog.from_json(catalog.to_json()) == catalog


@given(catalogs)
def test_the_same_catalogue_is_kept_as_the_same_bytes(catalog: Catalog) -> None:
    backwards = Catalog(dict(reversed(list(catalog.zones.items()))))
    assert backwards.to_json() == catalog.to_json()


@given(st.binary() | catalogs.map(lambda catalog: catalog.to_json()[:-1]))
def test_bytes_that_are_no_catalogue_are_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Catalog.from_json(text)


@pytest.mark.parametrize("field", ["name", "apps", "seen", "tried_at", "listed_at", "settled", "failures"])
@pytest.mark.parametrize("value", ["missing", 7, [7], {"a": 7}, "2026-11-23T10:00:00"])
def test_a_broken_field_is_a_value_error_or_harmless(field: str, value: object) -> None:
    document = json.loads(Catalog({"z": ZoneNames(name="n", tried_at=NOW, listed_at=NOW)}).to_json())
    if value == "missing":
        del document["zones"]["z"][field]
    else:
        document["zones"]["z"][field] = value
    try:
        Catalog.from_json(json.dumps(document).encode())
    except ValueError:
        return
    assert field in {"name", "seen", "settled", "failures"}


@pytest.mark.parametrize(
    "document", [b"null", b"[]", b"{}", b'{"version": 2, "zones": {}}', b'{"version": 1, "zones": []}']
)
def test_another_shape_or_version_is_a_value_error(document: bytes) -> None:
    with pytest.raises(ValueError, match="catalogue"):
        Catalog.from_json(document)


@given(catalogs, ids, st.frozensets(ids), st.dates())
def test_what_an_answer_named_is_remembered_for_a_month(
    catalog: Catalog, zone_id: str, app_ids: frozenset[str], today: date
) -> None:
    before = catalog.zone(zone_id)
    after = catalog.with_seen(zone_id, app_ids, today)
    recent = {app_id for app_id, day in before.seen.items() if today - day <= SEEN_FOR}
    assert after.zone(zone_id).known_apps == set(before.apps) | recent | app_ids
    assert after.with_seen(zone_id, app_ids, today) is after


def test_what_is_worth_keeping_at_once_does_not_change_with_time() -> None:
    early = Catalog({"z": ZoneNames(name="n", tried_at=NOW, listed_at=NOW, seen={"a": NOW.date()})})
    late = Catalog({"z": ZoneNames(name="n", tried_at=datetime(2027, 1, 1, tzinfo=UTC), seen={"a": date(2027, 1, 1)})})
    assert early.timeless() == late.timeless()
    assert early.timeless() != Catalog({"z": ZoneNames(name="m")}).timeless()

"""Names, and the labels made of them."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.app_names import SEEN_FOR, AppNames, Catalog, ZoneNames
from tests.unit.examples import NOW

ids = st.sampled_from(["a1", "b2", "a1b2c3d4", "a1b2c3d5", "a1b2c3d6", "ffffffffffff"])
names = st.none() | st.sampled_from(["ssh.example.com", "a (1)", "a", ": :", "é", ""]) | st.text(max_size=300)
moments = st.none() | st.timedeltas(timedelta(0), timedelta(days=9000)).map(lambda ago: NOW - ago)
apps = st.builds(AppNames, names, names)
zones = st.builds(
    ZoneNames,
    name=names,
    apps=st.dictionaries(ids, apps, max_size=3),
    seen=st.dictionaries(ids, st.dates(), max_size=3),
    tried_at=moments,
    listed_at=moments,
    initialized=st.booleans(),
    failures=st.integers(0, 9),
    failure=st.text(max_size=20),
)
catalogs = st.builds(Catalog, st.dictionaries(ids, zones, max_size=3))


def test_an_application_is_called_by_name_and_protocol_and_by_its_id_without() -> None:
    names = ZoneNames(
        apps={
            "a1": AppNames("ssh.example.com", "tcp/22"),
            "b2": AppNames("日本.jp", "tcp/22"),
            "c3": AppNames(None, "udp/53"),
            "d4": AppNames("same.example", "tcp/22"),
            "e5": AppNames("same.example", "tcp/22"),
        },
        seen={"f6": NOW.date(), "xn--wgv71a.jp tcp/22": NOW.date()},
    )
    assert names.app_labels() == {
        "a1": "ssh.example.com tcp/22",
        "b2": "xn--wgv71a.jp tcp/22 (b2)",
        "c3": "udp/53",
        "d4": "same.example tcp/22 (d4)",
        "e5": "same.example tcp/22 (e5)",
        "f6": "f6",
        "xn--wgv71a.jp tcp/22": "xn--wgv71a.jp tcp/22 (xn--wg)",
    }


@given(catalogs)
def test_a_catalogue_comes_back_as_it_was_kept(catalog: Catalog) -> None:
    assert Catalog.from_json(catalog.to_json()) == catalog


def test_a_catalogue_that_was_kept_with_labels_and_without_reasons_can_be_read() -> None:
    catalog = Catalog({"z": ZoneNames(apps={"a1": AppNames("ssh.example.com", "tcp/22")})})
    document = json.loads(catalog.to_json())
    document["zones"]["z"]["apps"]["a1"]["label"] = "ssh.example.com tcp/22"
    del document["zones"]["z"]["failure"]
    assert Catalog.from_json(json.dumps(document).encode()) == catalog


@given(catalogs)
def test_the_same_catalogue_is_kept_as_the_same_bytes(catalog: Catalog) -> None:
    backwards = Catalog(dict(reversed(list(catalog.zones.items()))))
    assert backwards.to_json() == catalog.to_json()


@given(st.binary() | catalogs.map(lambda catalog: catalog.to_json()[:-1]))
def test_bytes_that_are_no_catalogue_are_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Catalog.from_json(text)


@pytest.mark.parametrize("field", ["name", "apps", "seen", "tried_at", "listed_at", "initialized", "failures"])
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
    assert field in {"name", "seen", "initialized", "failures"}


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

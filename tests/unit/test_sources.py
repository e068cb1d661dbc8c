"""What to poll."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from contract.sources import Request, Source, SourceEntry, Zone, ZoneEntry, source_from
from tests.unit.examples import DECLARED


def declared_again(source: Source) -> SourceEntry:
    """The JSON shape of what was read."""
    return {
        "name": source.name,
        "secret": source.secret,
        "zones": [
            {"id": zone.id, "name": zone.name, "app_ids": list(zone.app_ids), "colos": list(zone.colos)}
            for zone in source.zones
        ],
        "spare_requests": source.spare_requests,
        "metrics": list(source.metrics),
        "levels": list(source.levels),
        "metric_limit": source.metric_limit,
        "catalog_minutes": source.catalog_age // timedelta(minutes=1),
    }


def test_everything_declared_is_read() -> None:
    assert [declared_again(source_from(declared)) for declared in DECLARED["sources"]] == DECLARED["sources"]


@pytest.mark.parametrize("declared", [SourceEntry, ZoneEntry])
def test_every_declared_key_is_required(declared: Any) -> None:
    for key in declared.__required_keys__:
        file: Any = copy.deepcopy(DECLARED)
        source = file["sources"][0]
        del (source if declared is SourceEntry else source["zones"][0])[key]
        with pytest.raises(KeyError, match=key):
            source_from(file["sources"][0])
    assert not declared.__optional_keys__


@pytest.mark.parametrize(("field", "value"), [("metrics", "Latency"), ("levels", "colo")])
def test_an_unknown_metric_or_level_is_refused_by_name(field: str, value: str) -> None:
    declared: Any = {**DECLARED["sources"][0], field: [value]}
    with pytest.raises(ValueError, match=value):
        source_from(declared)


def test_a_zone_is_one_request_or_one_for_each_of_its_colos_in_configured_order() -> None:
    source = source_from(DECLARED["sources"][0])
    whole = Zone("a" * 32, "example.com", ("app2", "app1"), ())
    parted = Zone("b" * 32, None, (), ("LHR", "AMS"))
    assert source.requests == (Request(whole, None), Request(parted, "LHR"), Request(parted, "AMS"))

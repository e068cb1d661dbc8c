"""The estimate counts metrics as the collector publishes them."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.app_names import AppNames, Catalog, ZoneNames
from collector.rows import Poll
from collector.series import Series, series_of
from contract.sources import LEVELS, TRAFFIC_METRICS, Source, source_from
from infra.bundle import sources_file
from infra.configuration import parse
from infra.cost import SourceVolume, Workload, source_volumes
from tests.infra.declared import minimal
from tests.unit.examples import application, poll

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
COLOS = ("AMS", "FRA", "IAD")


@st.composite
def zones(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Zones as they stand in cdk.json: whole or by colos, some of them with chosen applications."""
    return [
        {
            "id": f"{number:032x}",
            "name": f"zone{number}.example",
            "colos": draw(st.lists(st.sampled_from(COLOS), unique=True)),
            "app_ids": [_app_id(number, app) for app in range(draw(st.integers(0, 3)))],
        }
        for number in range(draw(st.integers(1, 5)))
    ]


@st.composite
def spectrums(draw: st.DrawFn) -> dict[str, Any]:
    """What decides about the number of metrics."""
    return minimal(zones=draw(zones())) | {
        "metric_limit": draw(st.integers(0, 60)),
        "metrics": draw(st.lists(st.sampled_from(TRAFFIC_METRICS), min_size=1, unique=True)),
        "levels": draw(st.lists(st.sampled_from(LEVELS), min_size=1, unique=True)),
    }


@given(spectrums(), st.lists(st.integers(1, 6), min_size=5, max_size=5))
def test_a_minute_is_counted_as_the_collector_publishes_it(spectrum: dict[str, Any], numbers: list[int]) -> None:
    configuration = parse(spectrum)
    (source,) = configuration.sources
    there = {zone.id: number for zone, number in zip(source.zones, numbers, strict=False)}
    (counted,) = source_volumes(configuration, Workload(applications=there))
    published = _published(sources_file(configuration), there)
    assert _sorted_by_kind(published) == (counted.zone_metrics, counted.application_metrics, counted.dropped_metrics)
    assert counted.metrics == len(published.data)


def _sorted_by_kind(series: Series) -> tuple[int, int, int]:
    of_applications = sum(len(datum.dimensions) > 1 for datum in series.data)
    return len(series.data) - of_applications, of_applications, series.dropped_metrics


def _published(declared: str, applications: Mapping[str, int]) -> Series:
    """A minute in which every application of every zone has connections."""
    source = source_from(json.loads(declared)["sources"][0])
    catalog = Catalog({zone.id: _names(zone.id, applications[zone.id]) for zone in source.zones})
    return series_of(_polls(source, applications), source, catalog)


def _names(zone_id: str, number: int) -> ZoneNames:
    apps = {_app_id(int(zone_id, 16), app): AppNames(f"app{app}", "tcp/22") for app in range(number)}
    return ZoneNames(name=None, apps=apps, initialized=True)


def _polls(source: Source, applications: Mapping[str, int]) -> list[Poll]:
    return [
        poll(
            request.zone,
            [
                application(app_id)
                for app in range(applications[request.zone.id])
                if (app_id := _app_id(int(request.zone.id, 16), app)) in (request.zone.app_ids or (app_id,))
            ],
            minute=NOON,
            source=source.name,
            zone_name=request.zone.name,
            colo=request.colo,
        )
        for request in source.requests
    ]


def _app_id(zone: int, number: int) -> str:
    return f"{zone:016x}{number:016x}"


def test_rows_are_counted_once_for_each_colo() -> None:
    configuration = parse(minimal(zones=[{"id": "0" * 32, "colos": ["AMS", "FRA"]}, "1" * 32]))
    (counted,) = source_volumes(configuration, Workload(applications_per_zone=5))
    assert counted == SourceVolume(
        source="main",
        zones=2,
        requests=3,
        rows=15,
        zone_metrics=8,
        application_metrics=5 * 2 * 4 + 5 * 4,
        dropped_metrics=0,
    )

"""`sources.json` says to the collector what the configuration says to us."""

import json
from typing import get_type_hints

from contract.sources import SourceEntry, ZoneEntry
from infra.bundle import sources_file
from infra.configuration import Configuration, parse
from tests.infra.declared import SPECTRUM, ZONE_A, ZONE_B


def test_it_holds_exactly_the_keys_of_the_contract(configuration: Configuration) -> None:
    file = json.loads(sources_file(configuration))
    assert file.keys() == {"sources"}
    for source in file["sources"]:
        assert source.keys() == get_type_hints(SourceEntry).keys()
        for zone in source["zones"]:
            assert zone.keys() == get_type_hints(ZoneEntry).keys()


def test_it_says_what_to_poll_and_what_to_publish(configuration: Configuration) -> None:
    main, second = json.loads(sources_file(configuration))["sources"]
    assert main == {
        "name": "main",
        "secret": "cloudflare-spectrum/main",
        "zones": [
            {"id": ZONE_A, "name": None, "app_ids": [], "colos": []},
            {"id": ZONE_B, "name": "b.example", "app_ids": [], "colos": ["AMS", "FRA"]},
        ],
        "spare_requests": 20 + 3 * 3,
        "metrics": ["BytesIngress", "BytesEgress", "Connections", "ConnectionDuration"],
        "levels": ["zone", "application"],
        "metric_limit": 200,
        "catalog_minutes": 60,
    }
    assert second["spare_requests"] == 20 + 3 * 1


def test_the_order_of_keys_in_cdk_json_does_not_matter(configuration: Configuration) -> None:
    turned = dict(reversed(SPECTRUM.items()))
    turned["sources"] = [dict(reversed(source.items())) for source in SPECTRUM["sources"]]
    assert sources_file(parse(turned)) == sources_file(configuration)

"""`sources.json`, by which the collector knows what to poll."""

import json

from contract.sources import Source, SourcesFile
from infra.configuration import Configuration
from infra.rate_budget import spare_requests


def sources_file(configuration: Configuration) -> str:
    """Write the file: the same text for the same configuration."""
    return json.dumps(_content(configuration), indent=1, sort_keys=True) + "\n"


def _content(configuration: Configuration) -> SourcesFile:
    spare = spare_requests(source.demand for source in configuration.sources)
    return SourcesFile(
        sources=[
            Source(
                name=source.name,
                secret=source.secret,
                zones=[
                    {"id": zone.id, "name": zone.name, "app_ids": list(zone.app_ids), "colos": list(zone.colos)}
                    for zone in source.zones
                ],
                spare_requests=spare[source.name],
                metrics=list(configuration.metrics),
                levels=list(configuration.levels),
                metric_limit=configuration.metric_limit,
                catalog_minutes=configuration.catalog_minutes,
            )
            for source in configuration.sources
        ]
    )

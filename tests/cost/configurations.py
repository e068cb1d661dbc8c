"""Configurations of a size, for their price."""

from typing import Any

from infra.configuration import Configuration, parse


def configured(*, sources: int = 1, zones: int = 1, **spectrum: Any) -> Configuration:
    """So many sources, each of so many zones that are all different, and these keys of `spectrum`."""
    return parse(
        {
            "sources": [
                {
                    "name": f"source{source}",
                    "secret": f"cloudflare-spectrum/source{source}",
                    "zones": [f"{source * 1_000 + zone:032x}" for zone in range(zones)],
                }
                for source in range(sources)
            ],
            **spectrum,
        }
    )

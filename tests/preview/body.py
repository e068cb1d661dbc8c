"""The body of a dashboard, as CloudWatch stores it: which widgets, and where.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

COLUMNS: Final = 24
_WIDTH: Final = 6
_HEIGHT: Final = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where a widget stands in the grid of 24 columns, in grid units."""

    x: int
    y: int
    width: int
    height: int

    def covers(self, other: "Place") -> bool:
        """Whether the two share a cell."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget."""

    kind: str
    place: Place
    properties: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What stands above it; empty for most texts."""
        return str(self.properties.get("title", ""))


def widgets_of(body: str) -> tuple[Widget, ...]:
    """Read a dashboard's body. A widget without x or y stands in "the next available position"."""
    placed: list[Widget] = []
    for described in json.loads(body)["widgets"]:
        width, height = int(described.get("width", _WIDTH)), int(described.get("height", _HEIGHT))
        if "x" in described and "y" in described:
            place = Place(int(described["x"]), int(described["y"]), width, height)
        else:
            place = _next(placed, width, height)
        placed.append(Widget(described["type"], place, described.get("properties", {})))
    return tuple(placed)


def _next(placed: list[Widget], width: int, height: int) -> Place:
    lowest = max((each.place.y + each.place.height for each in placed), default=0)
    for y in range(lowest + 1):
        for x in range(COLUMNS - width + 1):
            place = Place(x, y, width, height)
            if not any(place.covers(other.place) for other in placed):
                return place
    return Place(0, lowest, width, height)

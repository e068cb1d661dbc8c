"""Partition projection: which days Athena looks for, whether or not there is anything.

https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_NOW: Final = re.compile(r"NOW(?:([+-][0-9]+)DAYS?)?")


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Projection:
    """The one projected partition of a table."""

    days: Days
    bucket: str
    prefix: str
    """Of a partition's objects, with `{}` where the day stands: `raw/dt={}/`."""


def read_projection(column: str, parameters: Mapping[str, str], today: date) -> Projection:
    """The projection of a table partitioned by this column, from its Glue parameters.

    Raises ValueError, saying what is wrong, for all that Athena would refuse or that the sandbox does not know.
    """
    expected = {
        "projection.enabled": "true",
        f"projection.{column}.type": "date",
        f"projection.{column}.format": "yyyy-MM-dd",
    }
    wrong = [f"{name} = {parameters.get(name)}" for name, value in expected.items() if parameters.get(name) != value]
    if wrong:
        raise ValueError(f"the sandbox reads projected days only: {', '.join(wrong)}")
    interval = parameters.get(f"projection.{column}.interval", "1")
    unit = parameters.get(f"projection.{column}.interval.unit", "DAYS")
    if (interval, unit) != ("1", "DAYS"):
        raise ValueError(f"the sandbox knows intervals of one day only, not {interval} {unit}")
    first, _, last = parameters[f"projection.{column}.range"].partition(",")
    days = Days(_day(first.strip(), today), _day(last.strip(), today))
    template = parameters["storage.location.template"]
    bucket, _, key = template.removeprefix("s3://").partition("/")
    mark = "${" + column + "}"
    if not template.startswith("s3://") or key.count(mark) != 1:
        raise ValueError(f"storage.location.template must be a place in S3 with {mark}: {template}")
    return Projection(days, bucket, key.rstrip("/").replace(mark, "{}") + "/")


def _day(text: str, today: date) -> date:
    found = _NOW.fullmatch(text)
    if found is None:
        return date.fromisoformat(text)
    return today + timedelta(days=int(found[1] or 0))

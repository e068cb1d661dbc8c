"""One thing that goes wrong: when, where, how it is staged, and what should be left of its minutes."""

from dataclasses import dataclass
from enum import StrEnum

from contract.raw import Reason
from tests.demo.night import ZONE_IDS
from tests.demo.scenes import Scene, as_it_is


class Leaves(StrEnum):
    """What is left of the minutes of a trouble."""

    WHOLE = "whole"
    """They are in S3 and in CloudWatch."""
    UNKNOWN = "unknown"
    """S3 has the reason, CloudWatch has nothing."""
    S3_ONLY = "in S3 only"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that goes wrong, in these minutes."""

    first: str
    last: str
    zone: str | None
    """Its name; None: all zones."""
    what: str
    then: str
    """What comes of it."""
    short: str
    """For the line that moves."""
    scene: Scene = as_it_is
    leaves: Leaves = Leaves.WHOLE
    reason: Reason | None = None
    """What S3 says of the unknown minutes."""

    @property
    def zones(self) -> tuple[str, ...]:
        """The names of the zones that it befalls."""
        return (self.zone,) if self.zone else tuple(ZONE_IDS)

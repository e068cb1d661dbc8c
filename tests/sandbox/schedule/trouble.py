"""What goes wrong in AWS between a schedule and its function, on request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from tests.sandbox.schedule.delivery import Refusal
from tests.sandbox.schedule.scheduler import Delivery

When = Callable[[datetime], bool]


@dataclass(slots=True)
class Trouble:
    """None, until a test asks for some."""

    refused: dict[str, tuple[When, Refusal]] = field(default_factory=dict)
    """By the function's ARN: when Lambda does not accept the scheduler's events, and what it says."""
    throttled: dict[str, When] = field(default_factory=dict)
    """By the function's ARN: when Lambda has accepted events and finds no room to run it."""

    def clear(self) -> None:
        """End all of it."""
        self.refused.clear()
        self.throttled.clear()

    def refuse(self, delivery: Delivery, at: datetime) -> Refusal | None:
        """What Lambda says to this delivery; None: it accepts it."""
        when, refusal = self.refused.get(delivery.target_arn, (_never, None))
        return refusal if when(at) else None

    def throttle_of(self, function_arn: str) -> When:
        """Say of a function, whenever it is asked, whether there is no room for it."""

        def throttle(at: datetime) -> bool:
            return self.throttled.get(function_arn, _never)(at)

        return throttle


def _never(_at: datetime) -> bool:
    return False

"""What follows from the data points in the evaluation range: M out of N, and what is missing.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.sandbox.cloudwatch.alarms.definition import Missing
from tests.sandbox.cloudwatch.alarms.state import State

MORE_POINTS: Final = 2
"""How many data points are retrieved beyond the evaluation periods "in case some are missing".

The page says that their number depends on the period; in its only examples three periods have a range of five.
"""

Breaches = Sequence[bool | None]
"""The data points of the evaluation range, oldest first: does it breach, or is it missing."""


@dataclass(frozen=True, slots=True)
class Rule:
    """The part of an alarm that judges."""

    evaluation_periods: int
    datapoints_to_alarm: int
    missing: Missing

    @property
    def points(self) -> int:
        """How many data points the evaluation range has."""
        return self.evaluation_periods + MORE_POINTS

    def judge(self, points: Breaches, current: State) -> State:
        """The state that follows from these data points, for an alarm that is in the state `current`."""
        real = [breach for breach in points if breach is not None]
        if len(real) >= self.evaluation_periods:
            return self._enough(sum(real[-self.evaluation_periods :]))
        filled = self.evaluation_periods - len(real)
        if self.missing is Missing.BREACHING:
            return self._enough(sum(real) + filled)
        if self.missing is Missing.NOT_BREACHING or sum(real) >= self.datapoints_to_alarm or False in real:
            return self._enough(sum(real))
        if self.missing is Missing.IGNORE:
            return current
        return State.ALARM if self._is_old_enough(points) else State.INSUFFICIENT_DATA

    def _enough(self, breaching: int) -> State:
        return State.ALARM if breaching >= self.datapoints_to_alarm else State.OK

    def _is_old_enough(self, points: Breaches) -> bool:
        """Whether nothing but breaches is there, of which the oldest is as old as the data points to alarm.

        "Avoiding premature transitions to alarm state". By the text one good data point that is older than the breach
        would not matter; in the table's row `0 - X - -` it does, and the table is followed. That `- - - - X` leaves no
        state but "insufficient data" stood in the tables until 2019 (awsdocs/amazon-cloudwatch-user-guide, cd4004c).
        """
        ages = [age for age, breach in enumerate(reversed(points), start=1) if breach]
        return bool(ages) and max(ages) >= self.datapoints_to_alarm

"""When a datum came to CloudWatch: its timestamp says what it describes, not since when it could be read."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from moto.cloudwatch.models import MetricDatumBase

ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
"""The arrival of a datum that was there before anyone looked."""

Clock = Callable[[], datetime]


class Arrivals:
    """Stamps what is put. As moto's store is one for the process, so is the clock."""

    def __init__(self) -> None:
        self._clock: Clock = lambda: datetime.now(UTC)
        self._delay = timedelta(0)

    @contextmanager
    def follow(self, clock: Clock) -> Iterator[None]:
        """Take the time from this clock, a simulated one, for as long as the block lasts."""
        before, self._clock = self._clock, clock
        try:
            yield
        finally:
            self._clock = before

    @contextmanager
    def delayed(self, delay: timedelta) -> Iterator[None]:
        """What is put within the block arrives so much later than it is put."""
        before, self._delay = self._delay, delay
        try:
            yield
        finally:
            self._delay = before

    def stamp(self, data: Iterable[MetricDatumBase]) -> None:
        """Note on each datum that it arrives now."""
        moment = self._clock() + self._delay
        for datum in data:
            vars(datum)["arrived"] = moment


ARRIVALS: Final = Arrivals()


def arrival_of(datum: MetricDatumBase) -> datetime:
    """When this stored datum arrived."""
    arrived: datetime = vars(datum).get("arrived", ALWAYS)
    return arrived

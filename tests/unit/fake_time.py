"""Time that passes only when somebody sleeps."""


class FakeTime:
    """A monotonic clock and a sleep that belong together."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Pass at once."""
        self.slept.append(seconds)
        self.now += seconds

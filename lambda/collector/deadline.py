"""How an invocation's time is dealt out, so that there is always some left to write down what happened."""

from dataclasses import dataclass

_MARGIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Phases:
    """When each part of a run must have begun its last try, in monotonic seconds."""

    poll: float
    """No answer of Cloudflare counts after this."""
    save: float
    names: float
    publish: float

    @classmethod
    def within(cls, now: float, remaining_s: float) -> "Phases":
        """Deal out what is left of the invocation.

        Of the deployed 55 s: polls end at 33 s, the last tries to write begin at 42 s and 48 s, and take at most the
        AWS clients' time-outs (5 s). The last try to save is followed by a HEAD, and so may end at 52 s.
        """
        usable = max(0.0, remaining_s - _MARGIN_S)
        return cls(
            poll=now + 0.62 * usable,
            save=now + 0.78 * usable,
            names=now + 0.82 * usable,
            publish=now + 0.89 * usable,
        )

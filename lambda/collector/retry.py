"""When a request is tried again: full jitter, `Retry-After`, and never past the deadline."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MOST_ATTEMPTS: Final = 4
BASE_S: Final = 0.5
CAP_S: Final = 8.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Full jitter: a wait drawn evenly from nothing to `base * 2**n`, as the AWS Architecture Blog lays out."""

    uniform: Callable[[float, float], float] = random.uniform

    def delay(self, attempts: int, retry_after_s: float | None, left_s: float) -> float | None:
        """Seconds to wait after `attempts` tries, or None when trying again is of no use.

        `retry_after_s` is what Cloudflare asked for: a shorter wait would only be refused, so if it does not fit
        into `left_s`, the seconds until the run's deadline, there is no further try.
        """
        if attempts >= MOST_ATTEMPTS:
            return None
        wait = self.uniform(0.0, min(CAP_S, BASE_S * 2 ** (attempts - 1)))
        if retry_after_s is not None:
            wait += retry_after_s
        return wait if wait < left_s else None

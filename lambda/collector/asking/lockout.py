"""When to stop asking: Cloudflare locks a caller out (code 10502) who goes on with a credential that it refuses.

A refusal may also concern one zone only. What tells them apart is whether the same credential has just worked
for another zone.
"""

from typing import Final

from collector.cloudflare.attempt import Attempt
from collector.cloudflare.verdict import LOCKED_OUT_CODE, Kind

CANARIES: Final = 3
"""So many zones, one after the other, must be refused before a run stops asking."""


class LockoutGuard:
    """Watches the refusals of one credential during one run. Not thread-safe: called under the stage's lock."""

    def __init__(self, *, worked_last_run: bool) -> None:
        self._worked_last_run = worked_last_run
        self._worked = False
        self._ambiguous = 0
        self._definite = 0
        self._locked_out = False

    @property
    def worked(self) -> bool:
        """The credential has been accepted for some zone, in this run or the last."""
        return self._worked or self._worked_last_run

    @property
    def worked_in_this_run(self) -> bool:
        """The credential has been accepted for some zone in this run."""
        return self._worked

    @property
    def hopeless(self) -> bool:
        """Cloudflare says that it has stopped listening, or goes on refusing what it accepted a moment ago."""
        return self._locked_out or self._definite >= CANARIES

    def saw(self, attempt: Attempt) -> bool:
        """Take note of an attempt; true when sending must pause until the credential has been looked at."""
        if attempt.kind is Kind.GOOD:
            self._worked = True
        elif attempt.kind is Kind.CREDENTIAL:
            self._definite += 1
            self._locked_out |= attempt.error_code == LOCKED_OUT_CODE
            return True
        elif attempt.kind is Kind.AMBIGUOUS:
            self._ambiguous += 1
            return not self._worked and self._ambiguous >= CANARIES
        return False

"""Waits for something that another thread brings about."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

_PATIENCE_S: Final = 45.0
_LOOK_S: Final = 0.005


def wait_until(happened: Callable[[], object]) -> None:
    """Return as soon as it is true. Raises TimeoutError when it has not come for longer than anything here takes."""
    end = time.monotonic() + _PATIENCE_S
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("what the test waits for did not happen")
        Event().wait(_LOOK_S)

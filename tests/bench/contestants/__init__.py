"""Three ways to do one job: ask for every zone's last minute, so many at once, paced, and read the JSON.

- `collector`: the function's own code.
- `sdk`: Cloudflare's official Python SDK, with threads.
- `bare`: a urllib3 pool with threads and `json.loads`: the least that does it, and checks nothing.

Each is a module with `connect`, which makes the client, and `start`, which makes what a Lambda function would have
beside it. `python -m tests.bench.contestants` is one of them in a process of its own.
"""

from collections.abc import Callable, Sequence
from typing import Final

NAMES: Final = ("collector", "sdk", "bare")

Poll = Callable[[Sequence[str]], int]
"""Asks for these zones, by id, and says how many answered."""

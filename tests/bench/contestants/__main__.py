"""One contestant, driven over a pipe, so that its processor time and its memory are its own.

`python -m tests.bench.contestants NAME WIDTH [--as-function]`; each line of standard input asks for one poll (JSON:
base_url, token, zone_ids) and is answered by a line. The first poll pays for what comes before it: imports, the client
and, as a function, what the function makes when it starts.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path

from tests.bench.contestants import Poll


def main() -> None:
    """Poll until standard input ends."""
    name, width, *flags = sys.argv[1:]
    polls: dict[str, Poll] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        wall, cpu = time.perf_counter(), time.process_time()
        contestant = import_module(f"tests.bench.contestants.{name}")
        if flags and not polls:
            contestant.start()
        base_url = asked["base_url"]
        if base_url not in polls:
            polls[base_url] = contestant.connect(base_url, asked["token"], int(width))
        answered = polls[base_url](asked["zone_ids"])
        timed = {
            "wall_s": time.perf_counter() - wall,
            "cpu_s": time.process_time() - cpu,
            "answered": answered,
            "memory_mb": _most_memory_mb(),
        }
        sys.stdout.write(json.dumps(timed) + "\n")
        sys.stdout.flush()


def _most_memory_mb() -> float:
    # Not getrusage's ru_maxrss: that begins at what the parent held when it started this process.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()

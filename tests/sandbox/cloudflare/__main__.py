"""The Cloudflare of the benchmark as a process of its own: prints its base URL, serves until killed.

python -m tests.sandbox.cloudflare --zones 240 --apps 10 --latency-ms 100
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from .lean import Shelf, serve
from .minutes import MINUTE, minute_of
from .sample import TOKEN, sample_world
from .traffic import Traffic


async def _until_killed(shelf: Shelf, latencies_s: Sequence[float], port: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    servers = []
    for place, latency_s in enumerate(latencies_s):
        server, base_url = await serve(shelf, latency_s, port and port + place)
        servers.append(server)
        sys.stdout.write(base_url + "\n")
    sys.stdout.flush()
    await stopped.wait()
    for server in servers:
        server.close()


def main() -> None:
    """Serves a sample world without faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.cloudflare", description=main.__doc__)
    parser.add_argument("--zones", type=int, default=3)
    parser.add_argument("--apps", type=int, default=4, help="applications in each zone")
    parser.add_argument("--latency-ms", type=float, nargs="+", default=[0], help="several: a base URL for each")
    parser.add_argument("--token", default=TOKEN, help="the only token that is accepted")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--port", type=int, default=0, help="of the first base URL; 0: of the system's choice")
    parser.add_argument("--list-zones", action="store_true", help="print the zone ids as a JSON list, and end")
    options = parser.parse_args()
    world = sample_world(options.zones, options.apps, options.token)
    if options.list_zones:
        sys.stdout.write(json.dumps([zone.id for zone in world.zones]) + "\n")
        return
    minute = minute_of(datetime.now(UTC)) - MINUTE
    shelf = Shelf.of(world, Traffic(options.seed), minute, options.token)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_until_killed(shelf, [each / 1000 for each in options.latency_ms], options.port))


if __name__ == "__main__":
    main()

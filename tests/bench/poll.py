"""One poll of every zone, in a process of its own: `python -m tests.bench.poll collector|bare BASE_URL TOKEN ZONE...`.

Prints wall and CPU seconds of the poll alone as JSON; imports and the first connection are paid before by neither.
"""

import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import urllib3

from collector.asking.outcome import Memory
from collector.asking.round import WIDTH, Round
from collector.cloudflare.attempt import attempt_usage
from collector.cloudflare.rate_limit import Pacer, SpareRequests
from collector.cloudflare.transport import Transport
from collector.secret import Credential, Credentials
from collector.sources import Source, Zone


class _Given(Credentials):
    """The credential is known: Secrets Manager is not what is timed."""

    def __init__(self, token: str) -> None:
        self._credential = Credential(headers=(("Authorization", f"Bearer {token}"),), secrets=(token,))

    def current(self, name: str) -> Credential:
        """The credential that was given."""
        del name
        return self._credential


def collector(base_url: str, token: str, zone_ids: Sequence[str]) -> int:
    """Poll as the function does in a warm process; returns how many zones were collected."""
    transport = Transport(base_url, connections=WIDTH)
    source = Source(
        name="bench",
        secret="bench",
        zones=tuple(Zone(zone_id, None, (), ()) for zone_id in zone_ids),
        spare_requests=0,
        metrics=(),
        levels=(),
        metric_limit=0,
        catalog_age=timedelta(hours=1),
    )

    def call(request: Any, credential: Credential, until: float) -> Any:
        return attempt_usage(transport, request, credential, until)

    result = Round(
        source=source,
        minute=datetime(2026, 11, 23, tzinfo=UTC),
        memory=Memory(good=True),
        credentials=_Given(token),
        call=call,
        spare=SpareRequests(0),
        until=time.monotonic() + 60,
    ).run()
    return sum(asked.reason is None for asked in result.asked)


def bare(base_url: str, token: str, zone_ids: Sequence[str]) -> int:
    """The least that polls: a urllib3 pool, as many threads, the same pace, `json.loads`; nothing is checked."""
    pool = urllib3.connection_from_url(base_url, maxsize=WIDTH)
    path = urllib3.util.parse_url(base_url).path or ""
    pacer = Pacer()

    def one(zone_id: str) -> bool:
        pacer.wait()
        answer = pool.request(
            "GET",
            f"{path}/zones/{zone_id}/spectrum/analytics/aggregate/current",
            headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"},
        )
        return bool(json.loads(answer.data)["success"])

    with ThreadPoolExecutor(WIDTH) as threads:
        return sum(threads.map(one, zone_ids))


CONTENDERS: dict[str, Callable[[str, str, Sequence[str]], int]] = {"collector": collector, "bare": bare}


def main() -> None:
    """Time one poll and print it."""
    who, base_url, token, *zone_ids = sys.argv[1:]
    wall, cpu = time.perf_counter(), time.process_time()
    collected = CONTENDERS[who](base_url, token, zone_ids)
    timed = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu, "collected": collected}
    sys.stdout.write(json.dumps(timed))


if __name__ == "__main__":
    main()

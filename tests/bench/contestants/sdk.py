"""Cloudflare's official Python SDK (tests/bench/requirements.txt) as its page shows it, with threads.

It parses into its own types, and retries on its own; nothing has to be retried here.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from cloudflare import Cloudflare

from cloudflare_api.rate_limit import Pacer
from tests.bench.contestants import Poll
from tests.bench.contestants.aws_clients import make_clients as start

__all__ = ["connect", "start"]


def connect(base_url: str, token: str, width: int) -> Poll:
    """One client for all threads, made once."""
    current = Cloudflare(api_token=token, base_url=base_url).spectrum.analytics.aggregates.currents

    def poll(zone_ids: Sequence[str]) -> int:
        pacer = Pacer()

        def one(zone_id: str) -> bool:
            pacer.wait()
            return current.get(zone_id=zone_id) is not None

        with ThreadPoolExecutor(width) as threads:
            return sum(threads.map(one, zone_ids))

    return poll

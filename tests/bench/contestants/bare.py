"""The least that polls: a urllib3 pool, as many threads, the same pace, `json.loads`; nothing is checked."""

import json
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import urllib3

from cloudflare_api.rate_limit import Pacer
from tests.bench.contestants import Poll
from tests.bench.contestants.aws_clients import make_clients


def start() -> None:
    """AWS's clients, and the TLS context that the others make as well, though nothing here is over TLS."""
    make_clients()
    ssl.create_default_context()


def connect(base_url: str, token: str, width: int) -> Poll:
    """The pool is made once."""
    pool = urllib3.connection_from_url(base_url, maxsize=width)
    path = urllib3.util.parse_url(base_url).path or ""
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip"}

    def poll(zone_ids: Sequence[str]) -> int:
        pacer = Pacer()

        def one(zone_id: str) -> bool:
            pacer.wait()
            url = f"{path}/zones/{zone_id}/spectrum/analytics/aggregate/current"
            return bool(json.loads(pool.request("GET", url, headers=headers).data)["success"])

        with ThreadPoolExecutor(width) as threads:
            return sum(threads.map(one, zone_ids))

    return poll

"""One deployed sandbox, one Trino and four days of data for all tests of this package that want them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from contract.lake import DATABASE
from tests.athena.days import Days
from tests.athena.deployed import let_trino_read_views, named_queries
from tests.athena.lake import Lake
from tests.athena.overheard import Overheard
from tests.athena.script import Script
from tests.athena.trino import Trino, install
from tests.athena.world import SPECTRUM, world
from tests.sandbox.assemblies import Assemblies
from tests.sandbox.aws.double import TESTER
from tests.sandbox.sandbox import Sandbox

_SECONDS = pytest.StashKey[dict[str, float]]()


# By package, not by session: other tests of the same process have an AWS double of their own.
@pytest.fixture(scope="package")
def lake(assemblies: Assemblies, request: pytest.FixtureRequest) -> Iterator[Lake]:
    """The lake when the collector has done its work, and the compactor after each day."""
    seconds = request.config.stash.setdefault(_SECONDS, {})
    days = Days.read()
    with ThreadPoolExecutor(1) as aside:
        installed = aside.submit(install)
        with _timed(seconds, "synthesis"):
            assembly = assemblies.of(SPECTRUM)
        with Sandbox(assembly, world(days)) as sandbox:
            seconds["deployment"] = sum(sandbox.deployment.seconds.values())
            let_trino_read_views(sandbox.aws)
            with _timed(seconds, "installation of Trino, beyond that"):
                folder = installed.result()
            with Trino(
                folder,
                aws_url=sandbox.aws.endpoint_url,
                region=sandbox.aws.region,
                access_key_id=TESTER,
                schema=DATABASE,
                # Hundreds of small queries: the compiler that is quick itself takes half the time of the thorough one.
                jvm=("-XX:TieredStopAtLevel=1",),
            ) as trino:
                script = Script(days)
                sandbox.cloudflare.faults = overheard = Overheard()
                overheard.play(script.troubles)
                made = Lake(sandbox, trino, script, overheard, named_queries(sandbox.aws))
                with _timed(seconds, f"{len(script.runs)} runs of the collector, 3 of the compactor"):
                    made.collect()
                trino.await_ready()
                seconds["until Trino was ready, at most, meanwhile"] = trino.start_s
                yield made


@contextmanager
def _timed(seconds: dict[str, float], what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[what] = time.monotonic() - started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Says what took how long before the first query."""
    for what, took in config.stash.get(_SECONDS, {}).items():
        terminalreporter.write_line(f"{took:6.1f} s  {what}")

"""Two short seeds: zero wrong, zero twice, zero unexplained. And what is spoilt in what they left is found."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.sandbox.assemblies import Assemblies
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox
from tests.soak.evidence import Evidence
from tests.soak.model.judge import judge
from tests.soak.plan import NIGHTS, plan
from tests.soak.report import command
from tests.soak.seed import run_seed
from tests.soak.stack import SPECTRUM, world

pytestmark = pytest.mark.soak

MINUTES = 16
SEEDS = (6, 40)
"""Kills, lost answers, outages, cold starts, events at once and late: in few minutes, and none that takes seconds."""


@pytest.fixture(scope="module")
def sandbox(assemblies: Assemblies) -> Iterator[Sandbox]:
    """The stack, deployed once for all seeds."""
    with Sandbox(assemblies.of(SPECTRUM), world(instant(NIGHTS[0]))) as sandbox:
        yield sandbox


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_leaves_nothing_wrong_nothing_twice_and_nothing_unexplained(sandbox: Sandbox, seed: int) -> None:
    result, evidence = run_seed(sandbox, plan(seed, minutes=MINUTES))
    again = command(result, 1, MINUTES)
    assert [str(finding) for finding in result.findings] == [], again
    assert result.struck.total() > 0, "nothing went wrong: the seed proves nothing"
    assert result.lines["exact"] > 0
    for spoilt in _spoilt(evidence):
        assert judge(spoilt).findings, "the model does not find what was spoilt"


def _spoilt(evidence: Evidence) -> Iterator[Evidence]:
    """What was left, with one thing in it changed."""
    yield replace(evidence, traffic=(*evidence.traffic, evidence.traffic[-1]))
    yield replace(evidence, traffic=evidence.traffic[:-1])
    yield replace(evidence, saved=evidence.saved[:-1])
    yield replace(evidence, views=(replace(evidence.views[0], usage=evidence.views[0].usage[1:]),))

"""A small stack with every choice that decides about the number of metrics, deployed: what CloudWatch then bills."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

from contract.metrics import TRAFFIC_NAMESPACE
from infra.configuration import parse
from infra.cost import Workload, estimate
from tests.sandbox.assemblies import Assemblies
from tests.sandbox.cloudflare import Token, World, sample_zone
from tests.sandbox.cloudflare.sample import TOKEN
from tests.sandbox.sandbox import Sandbox

BY_COLO, CHOSEN, OUTSIDE = (sample_zone(number) for number in range(3))
"""Of four applications each."""

SECRET: Final = "cloudflare-spectrum/main"
SPECTRUM: Final[dict[str, Any]] = {
    "sources": [
        {
            "name": "main",
            "secret": SECRET,
            "zones": [
                {"id": BY_COLO.id, "colos": ["AMS", "FRA"]},
                {"id": CHOSEN.id, "app_ids": [app.id for app in CHOSEN.applications[:3]]},
                OUTSIDE.id,
            ],
        }
    ],
    "levels": ["application"],
    "metrics": ["BytesIngress", "ConnectionDuration"],
    "metric_limit": 23,
}


@pytest.fixture(scope="module")
def sandbox(assemblies: Assemblies) -> Iterator[Sandbox]:
    with Sandbox(assemblies.of(SPECTRUM), World((BY_COLO, CHOSEN, OUTSIDE), (Token(TOKEN),))) as sandbox:
        sandbox.put_secret(SECRET, TOKEN)
        yield sandbox


def test_metrics_by_colos_levels_choice_and_limit_are_as_many_as_cloudwatch_bills(sandbox: Sandbox) -> None:
    for minute in (1, 2):
        assert sandbox.run(f"2026-11-23T10:0{minute}:00Z").ok
    billed = Counter(dict(series.dimensions)["Zone"] for series in sandbox.aws.metrics.series(TRAFFIC_NAMESPACE))
    # 4 applications x 2 colos x 2 metrics, 3 x 2, and of 4 x 2 none: one is left of 23, and an application has two.
    assert billed == {BY_COLO.name: 16, CHOSEN.name: 6}
    bill = estimate(parse(SPECTRUM), Workload(applications_per_zone=4))
    counted = {line.what: line.quantity for line in bill.lines}
    assert counted["application metrics"] == billed.total()
    assert "zone metrics" not in counted

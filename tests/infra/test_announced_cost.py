"""The bill is announced where the stack is described."""

from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from infra.bundle import Bundles
from infra.configuration import Configuration
from infra.cost.announcement import announcement
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT


def annotations(configuration: Configuration, bundles: Bundles, outdir: Path) -> assertions.Annotations:
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(outdir))
    return assertions.Annotations.from_stack(
        SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundles=bundles)
    )


@pytest.mark.parametrize("limit", [None, 1])
def test_the_stack_says_once_what_it_costs_and_warns_above_the_limit(
    configuration: Configuration, bundles: Bundles, tmp_path: Path, limit: int | None
) -> None:
    configuration = replace(configuration, monthly_limit_dollars=limit)
    said = announcement(configuration)
    found = annotations(configuration, bundles, tmp_path)
    anything = assertions.Match.any_value()
    assert [each.entry.data for each in found.find_info("*", anything)] == [said.info]
    warnings = [each.entry.data for each in found.find_warning("*", anything)]
    assert len(warnings) == (0 if limit is None else 1)
    assert all(said.warning is not None and said.warning in warning for warning in warnings)

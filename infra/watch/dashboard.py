"""The dashboard, top to bottom: the traffic, whether to trust it, what becomes of it, what runs it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.configuration import Configuration
from infra.watch.alarm import PREFIX
from infra.watch.names import Deployed, filled
from infra.watch.rows import collecting, keeping, machinery, traffic
from infra.watch.widget import Widget, laid_out, text

NAME: Final = PREFIX
_INTRODUCTION: Final = (
    "# Spectrum Meter\n"
    "A gap is *unknown*: nobody could tell how much it was. Zero is zero. Values are means over the minutes that are "
    "known, at any zoom; times are UTC."
)


def body(configuration: Configuration) -> dict[str, Any]:
    """The dashboard as CloudWatch's JSON, with marks like `<Region>` (see `names`)."""
    # "auto": charts adapt their period to the time that is looked at. Three hours is what minutes are kept sharp for.
    return {"start": "-PT3H", "periodOverride": "auto", "widgets": laid_out(_rows(configuration))}


class Dashboard(Construct):
    """Deploys the dashboard: one for a stack."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, names: Mapping[Deployed, str]
    ) -> None:
        """Create it; `names` is what the deployment is called."""
        super().__init__(scope, construct_id)
        self.dashboard = cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=NAME,
            dashboard_body=filled(json.dumps(body(configuration), ensure_ascii=False), names),
        )


def _rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    yield [text(_INTRODUCTION, height=2)]
    yield from traffic.rows(configuration)
    yield from collecting.rows(configuration)
    yield from keeping.rows(configuration)
    yield from machinery.rows(configuration)

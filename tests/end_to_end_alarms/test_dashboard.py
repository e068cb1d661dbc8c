"""What the deployed dashboard shows tells apart what would else look alike: no traffic, no answers, no runs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tests.end_to_end_alarms import minutes, starting
from tests.end_to_end_alarms.stack import GAMES, MAIN
from tests.end_to_end_alarms.stage import MINUTE, Stage
from tests.preview.body import widgets_of
from tests.preview.plot import Shown, curves_of
from tests.sandbox.cloudwatch.service_metrics import everything

LOOKED_AT: Final = 8
"""Minutes of a scene, from its first on, in all of which it is as it says."""

Lines = Mapping[str, list[float]]
"""Values by label."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees of the source, and of one zone of it."""

    traffic: list[float] | None
    """None or empty: the zone has no line."""
    accounted_for: list[float] | None
    collected: list[float] | None
    reasons: set[str]


def look(stage: Stage, scene: Callable[[Stage], None]) -> Seen:
    """Play a scene, and read the dashboard over its first minutes."""
    opened: list[datetime] = []

    def noted(stage: Stage) -> None:
        opened.append(stage.now)
        scene(stage)

    stage.play(noted)
    shown = Shown(everything(stage.sandbox, stage.now), opened[0], opened[0] + LOOKED_AT * MINUTE)
    cloudwatch = stage.sandbox.aws.client("cloudwatch")
    (dashboard,) = cloudwatch.list_dashboards()["DashboardEntries"]
    body = cloudwatch.get_dashboard(DashboardName=dashboard["DashboardName"])["DashboardBody"]
    by_title: dict[str, Lines] = {
        widget.title: {curve.line.label: list(curve.line.values) for curve in curves_of(widget.properties, shown)}
        for widget in widgets_of(body)
        if widget.kind == "metric"
    }
    return Seen(
        traffic=by_title["Out, bit/s, by zone"].get(GAMES.name),
        accounted_for=by_title["Minutes accounted for, % of all"].get(MAIN),
        collected=by_title["Requests collected, % of expected"].get(MAIN),
        reasons={label for label in by_title["Requests not collected, by reason"] if label.startswith(f"{MAIN} ")},
    )


def test_no_traffic_is_a_line_of_zeros_and_every_minute_is_accounted_for(stage: Stage) -> None:
    seen = look(stage, minutes.no_traffic)
    all_of_them = [100.0] * LOOKED_AT
    assert seen == Seen([0.0] * LOOKED_AT, accounted_for=all_of_them, collected=all_of_them, reasons=set())


def test_when_all_zones_fail_there_is_no_line_of_traffic_and_the_reasons_stand_there(stage: Stage) -> None:
    seen = look(stage, minutes.all_zones_of_a_source_fail)
    assert not seen.traffic
    assert (seen.accounted_for, seen.collected) == ([100.0] * LOOKED_AT, [0.0] * LOOKED_AT)
    assert len(seen.reasons) == 1


def test_when_nothing_runs_there_is_no_line_at_all(stage: Stage) -> None:
    seen = look(stage, starting.nothing_is_started)
    assert not any((seen.traffic, seen.accounted_for, seen.collected, seen.reasons))

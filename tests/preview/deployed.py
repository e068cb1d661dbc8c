"""The dashboards that were deployed into a sandbox, each as a page."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tests.preview.alarm_states import states_of
from tests.preview.body import widgets_of
from tests.preview.page import page
from tests.preview.plot import Shown
from tests.sandbox.cloudwatch.service_metrics import everything
from tests.sandbox.sandbox import Sandbox


def pages(sandbox: Sandbox, start: datetime, end: datetime) -> Mapping[str, str]:
    """A page for every dashboard, by the dashboard's name: what it shows at `end` of the time since `start`."""
    cloudwatch = sandbox.aws.client("cloudwatch")
    names = [each["DashboardName"] for each in cloudwatch.list_dashboards()["DashboardEntries"]]
    bodies = {name: cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"] for name in names}
    metrics = everything(sandbox, end)
    parts = list(cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]))
    described = [alarm for kind in ("MetricAlarms", "CompositeAlarms") for part in parts for alarm in part[kind]]
    shown = Shown(metrics, start, end, states_of(described, metrics, start, end))
    return {name: page(name, widgets_of(body), shown) for name, body in bodies.items()}


def draw(sandbox: Sandbox, start: datetime, end: datetime, file: Path) -> None:
    """Write the one dashboard of the stack as a page."""
    (content,) = pages(sandbox, start, end).values()
    file.write_text(content, encoding="utf-8")

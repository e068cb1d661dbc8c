"""Alarms, dashboards and the mails that alarms send."""

from collections.abc import Iterator
from typing import Final

from infra.cost import prices
from infra.cost.bill import Line, charge
from infra.cost.workload import Workload

SNS: Final = "SNS"
SQS: Final = "SQS"


def watching_lines(workload: Workload) -> Iterator[Line]:
    """What it costs to be told."""
    yield from charge(SNS, "alarm mails", workload.alarm_mails, prices.MAIL)
    yield from charge(SQS, "failed runs", workload.alarm_mails, prices.QUEUE_REQUEST)

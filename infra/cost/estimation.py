"""A configuration and a workload, as a bill."""

from infra.configuration import Configuration
from infra.cost.bill import Bill, Line
from infra.cost.keeping import keeping_lines
from infra.cost.levers import levers
from infra.cost.metrics import metric_lines, request_lines
from infra.cost.polling import pollings
from infra.cost.running import running_lines
from infra.cost.watching import watching_lines
from infra.cost.workload import Workload


def estimate(configuration: Configuration, workload: Workload) -> Bill:
    """What a month costs, in dollars, and what would make it less."""
    lines = _lines(configuration, workload)

    def total(changed: Configuration) -> float:
        return Bill(_lines(changed, workload)).total

    return Bill(lines, levers(configuration, total))


def _lines(configuration: Configuration, workload: Workload) -> tuple[Line, ...]:
    sources = pollings(configuration, workload)
    return (
        *metric_lines(sources, workload),
        *watching_lines(configuration, sources, workload),
        *request_lines(sources),
        *running_lines(configuration, sources, workload),
        *keeping_lines(configuration, sources, workload),
    )

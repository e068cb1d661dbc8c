"""All metrics of the sandbox: those that were put, and AWS's own."""

from collections import defaultdict
from datetime import datetime

from tests.sandbox.cloudwatch.recorded import Entry, Recorded
from tests.sandbox.cloudwatch.service_metrics import function, queue
from tests.sandbox.sandbox import Sandbox


def everything(sandbox: Sandbox, until: datetime) -> Recorded:
    """Copy what was put, and add what AWS's services had to say until this moment."""
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for namespace in sandbox.aws.metrics.namespaces():
        entries[namespace] += sandbox.aws.metrics.all(namespace)
    for operation, invocations in (
        (sandbox.collecting, sandbox.invocations),
        (sandbox.compacting, sandbox.compactions),
    ):
        name, arn = operation.deployment.name, operation.deployment.arn
        entries[function.NAMESPACE] += function.of_invocations(name, invocations)
        for delivery, delivered in sandbox.past.deliveries:
            if delivery.target_arn == arn and delivered.processed is not None:
                entries[function.NAMESPACE] += function.of_throttles(name, delivered.processed.throttled)
    for name in sorted({name for depths in sandbox.past.depths for name in depths.messages}):
        entries[queue.NAMESPACE] += queue.of_queue(name, sandbox.past.depths, until)
    return Recorded(entries)

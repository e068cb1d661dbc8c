"""The driving side of the sandbox: an event goes in, and the clock, the functions, the log and CloudWatch go on."""

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from tests.sandbox.function.deployed import DeployedFunction
from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.kept import instant
from tests.sandbox.logs.log_group import LogViolation
from tests.sandbox.logs.metric_extraction import MetricExtraction
from tests.sandbox.operation import Operation
from tests.sandbox.schedule.asynchronous import Processed
from tests.sandbox.schedule.delivery import Delivered, Deliverer
from tests.sandbox.schedule.deployed_schedule import Schedule
from tests.sandbox.schedule.history import History
from tests.sandbox.schedule.scheduler import Delivery

EXECUTION_ID: Final = "d32c5kddcf5bb8c3"


class Driven:
    """Both functions, and what starts them. Times are text, read as UTC."""

    collecting: Operation
    compacting: Operation
    schedules: tuple[Schedule, ...]
    deliverer: Deliverer
    extraction: MetricExtraction
    invocations: list[Invocation]
    """Of the collector."""
    compactions: list[Invocation]
    """Of the compactor."""
    past: History
    _moved: tuple[datetime, float]

    @property
    def function(self) -> DeployedFunction:
        """The collector's processes."""
        return self.collecting.function

    @property
    def compactor(self) -> DeployedFunction:
        """The compactor's processes."""
        return self.compacting.function

    @property
    def function_deployment(self) -> Deployment:
        """The collector as it was deployed."""
        return self.collecting.deployment

    @property
    def role(self) -> str:
        """Name of the collector's role."""
        return self.collecting.role

    @property
    def violations(self) -> list[LogViolation]:
        """Lines of either function that did not reach the log group whole."""
        return [*self.collecting.log.violations, *self.compacting.log.violations]

    def _now(self) -> datetime:
        moment, at = self._moved
        return moment + timedelta(seconds=time.monotonic() - at)

    def invoke(self, event: str, at: datetime, *, request_id: str | None = None) -> Invocation:
        """Give the collector this event as it is; its lines go to the log, and their metrics to CloudWatch."""
        return self._invoke(self.collecting, self.invocations, event, at, request_id)

    def invoke_compactor(self, event: str, at: datetime, *, request_id: str | None = None) -> Invocation:
        """The same of the compactor."""
        return self._invoke(self.compacting, self.compactions, event, at, request_id)

    def _invoke(
        self, operation: Operation, record: list[Invocation], event: str, at: datetime, request_id: str | None
    ) -> Invocation:
        self._moved = (at, time.monotonic())
        invocation, logged = operation.invoke(event, at, request_id=request_id)
        record.append(invocation)
        self.extraction.extract(logged, at)
        return invocation

    def schedule(self, source: str = "main") -> Schedule:
        """The deployed schedule of a source, found by what it sends."""
        return next(each for each in self.schedules if json.loads(each.input_template).get("source") == source)

    @property
    def polling_schedules(self) -> tuple[Schedule, ...]:
        """The deployed schedules that start the collector."""
        return self._schedules_of(self.collecting)

    @property
    def compaction_schedule(self) -> Schedule:
        """The deployed schedule that starts the compactor."""
        (schedule,) = self._schedules_of(self.compacting)
        return schedule

    def _schedules_of(self, operation: Operation) -> tuple[Schedule, ...]:
        return tuple(each for each in self.schedules if each.target_arn == operation.deployment.arn)

    def deliver(self, scheduled: str, *, source: str = "main", late_s: float = 1.0, waits_s: float = 0) -> Processed:
        """Deliver the event that the deployed schedule sends at this minute; what Lambda made of it."""
        return self._deliver(self.schedule(source), scheduled, late_s, waits_s)

    def _deliver(self, schedule: Schedule, scheduled: str, late_s: float, waits_s: float = 0) -> Processed:
        moment = instant(scheduled)
        delivery = Delivery(schedule, moment, moment + timedelta(seconds=late_s), EXECUTION_ID)
        processed = self.hand_over(delivery, waits_s=waits_s).processed
        assert processed is not None, "Lambda did not accept the event"
        return processed

    def hand_over(self, delivery: Delivery, *, waits_s: float = 0) -> Delivered:
        """Take one delivery to its function; what became of it."""
        delivered = self.deliverer.deliver(delivery, waits_s=waits_s)
        self.past.record(delivery, delivered)
        return delivered

    def run(self, scheduled: str, *, source: str = "main", late_s: float = 1.0) -> Invocation:
        """Deliver one event and return the one invocation it led to."""
        (invocation,) = self.deliver(scheduled, source=source, late_s=late_s).invocations
        return invocation

    def compact(self, at: str, event: Mapping[str, Any] | None = None) -> Invocation:
        """Run the compactor: as its deployed schedule does if it is due then, or on an event made by hand."""
        if event is not None:
            return self.invoke_compactor(json.dumps(event), instant(at))
        (invocation,) = self._deliver(self.compaction_schedule, at, late_s=1.0).invocations
        return invocation

"""The way of a scheduled event: from the scheduler to Lambda's queue, or after the schedule's retries to its own DLQ.

The scheduler's part ends when Lambda accepts the event; what the function makes of it is no business of the schedule.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tests.sandbox.schedule.asynchronous import AsynchronousQueue, Processed
from tests.sandbox.schedule.failure_queue import FailureQueue
from tests.sandbox.schedule.scheduler import Delivery

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why Lambda did not accept an event."""

    code: str
    message: str
    retryable: bool


THROTTLED = Refusal("TooManyRequestsException", "Rate Exceeded.", retryable=True)
"""The function's concurrency is used up. The text is Lambda's."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one delivery."""

    attempts: int
    """How often the scheduler tried to hand it over."""
    processed: Processed | None
    """What Lambda made of it; null when it never accepted it."""
    refusal: Refusal | None
    """Why the last attempt was refused; null when it was accepted."""


Refuse = Callable[[Delivery, datetime], Refusal | None]
"""Scripts a target that cannot be invoked: null lets the attempt at that time through."""


class Deliverer:
    """Takes deliveries to the functions that were deployed."""

    def __init__(
        self, queues: Mapping[str, AsynchronousQueue], *, sqs: "SQSClient", refuse: Refuse | None = None
    ) -> None:
        """`queues`: one for each function that exists, by its ARN; a delivery to any other is refused as not found."""
        self._queues = queues
        self._sqs = sqs
        self._refuse = refuse or (lambda _delivery, _at: None)

    def deliver(self, delivery: Delivery, *, waits_s: float = 0) -> Delivered:
        """Hand the event over, with the schedule's retries, and let the function run; `waits_s`: in Lambda's queue."""
        schedule = delivery.schedule
        attempt, at = 1, delivery.at
        while True:
            refusal = self._refusal(delivery, at)
            if refusal is None:
                processed = self._queues[delivery.target_arn].process(delivery.input_at(attempt), at, waits_s=waits_s)
                return Delivered(attempt, processed, None)
            if not refusal.retryable:
                return self._give_up(delivery, attempt, refusal, None)
            # AWS says "exponential backoff" and no more.
            later = at + timedelta(seconds=2 ** (attempt - 1))
            if attempt > schedule.max_retries:
                return self._give_up(delivery, attempt, refusal, "MaximumRetryAttempts")
            if later > delivery.scheduled_time + timedelta(seconds=schedule.max_event_age_s):
                return self._give_up(delivery, attempt, refusal, "MaximumEventAgeInSeconds")
            attempt, at = attempt + 1, later

    def _refusal(self, delivery: Delivery, at: datetime) -> Refusal | None:
        if delivery.target_arn not in self._queues:
            return Refusal("ResourceNotFoundException", f"Function not found: {delivery.target_arn}", retryable=False)
        return self._refuse(delivery, at)

    def _give_up(self, delivery: Delivery, attempts: int, refusal: Refusal, exhausted: str | None) -> Delivered:
        schedule = delivery.schedule
        if schedule.dead_letter_arn is not None:
            attributes = {
                "ERROR_CODE": refusal.code,
                "ERROR_MESSAGE": refusal.message,
                "EXECUTION_ID": delivery.execution_id,
                "IS_PAYLOAD_TRUNCATED": "false",
                "RETRY_ATTEMPTS": str(attempts - 1),
                "SCHEDULED_TIME": f"{delivery.scheduled_time:%Y-%m-%dT%H:%M:%SZ}",
                "SCHEDULE_ARN": schedule.arn,
                "TARGET_ARN": delivery.target_arn,
            }
            if exhausted is not None:
                attributes["EXHAUSTED_RETRY_CONDITION"] = exhausted
            queue = FailureQueue.deployed_at(schedule.dead_letter_arn, self._sqs)
            queue.send(delivery.input_at(attempts), attributes)
        return Delivered(attempts, None, refusal)

"""Lambda's queue of asynchronous events: the deployed maximum age, the retries, and the record of a failure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from tests.sandbox.function.invocation import Invocation
from tests.sandbox.schedule.failure_queue import FailureQueue

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_sqs import SQSClient

_WAITS_S: Final = (60, 120)
"""Before the first and the second retry."""
_LONGEST_BACKOFF_S: Final = 300
"""Of an event that Lambda has no room for: "from 1 second after the first attempt to a maximum of 5 minutes"."""


class Invoke(Protocol):
    """Runs the function on an event, at a simulated time; `DeployedFunction.invoke` is one."""

    def __call__(self, event: str, at: datetime, *, request_id: str | None = None) -> Invocation: ...


Throttle = Callable[[datetime], bool]
"""Scripts a function whose concurrency is used up: whether there is no room for it at this time."""


class Condition(StrEnum):
    """Why an event left the queue, in AWS's words."""

    SUCCESS = "Success"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    EVENT_AGE_EXCEEDED = "EventAgeExceeded"


@dataclass(frozen=True, slots=True)
class AsynchronousSettings:
    """How Lambda treats a function's asynchronous events."""

    max_retries: int
    max_event_age_s: int
    on_failure_arn: str | None

    @classmethod
    def read(cls, function: str, lambda_client: "LambdaClient") -> Self:
        """Read the deployed settings; Lambda's own (2 retries, 6 hours) where none were deployed."""
        try:
            config: Any = lambda_client.get_function_event_invoke_config(FunctionName=function)
        except lambda_client.exceptions.ResourceNotFoundException:
            config = {}
        return cls(
            max_retries=config.get("MaximumRetryAttempts", 2),
            max_event_age_s=config.get("MaximumEventAgeInSeconds", 21600),
            on_failure_arn=config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        )


@dataclass(frozen=True, slots=True)
class Processed:
    """What became of one queued event."""

    condition: Condition
    invocations: tuple[Invocation, ...]
    """Every attempt, oldest first; empty when the event was too old for any."""
    record: str | None
    """The invocation record that went to the failure destination, JSON."""
    throttled: tuple[datetime, ...] = ()
    """When Lambda had no room for the function, oldest first."""


class AsynchronousQueue:
    """Takes events to one function, and its failures to the deployed SQS destination."""

    def __init__(
        self,
        function_arn: str,
        invoke: Invoke,
        *,
        lambda_client: "LambdaClient",
        sqs: "SQSClient",
        throttle: Throttle | None = None,
    ) -> None:
        """Read the deployed settings. Raises ValueError for a failure destination that is not an SQS queue.

        Without `throttle` there is always room for the function.
        """
        self.settings = AsynchronousSettings.read(function_arn, lambda_client)
        self._function_arn = function_arn
        self._invoke = invoke
        self._throttle = throttle or (lambda _at: False)
        arn = self.settings.on_failure_arn
        self._failures = None if arn is None else FailureQueue.deployed_at(arn, sqs)

    def process(self, event: str, queued_at: datetime, *, waits_s: float = 0) -> Processed:
        """Run an event that Lambda accepted at `queued_at` and that waits in the queue for `waits_s` seconds.

        Lambda keeps one request id over all attempts of an event.
        """
        request_id = str(uuid.uuid4())
        attempts: list[Invocation] = []
        throttled: list[datetime] = []
        at = queued_at + timedelta(seconds=waits_s)
        while (at - queued_at).total_seconds() <= self.settings.max_event_age_s:
            if self._throttle(at):
                throttled.append(at)
                at += timedelta(seconds=min(2 ** (len(throttled) - 1), _LONGEST_BACKOFF_S))
                continue
            attempts.append(self._invoke(event, at, request_id=request_id))
            if attempts[-1].ok:
                return Processed(Condition.SUCCESS, tuple(attempts), None, tuple(throttled))
            if len(attempts) > self.settings.max_retries:
                return self._fail(Condition.RETRIES_EXHAUSTED, event, request_id, attempts, at=at, throttled=throttled)
            at += timedelta(seconds=_WAITS_S[len(attempts) - 1])
        return self._fail(Condition.EVENT_AGE_EXCEEDED, event, request_id, attempts, at=at, throttled=throttled)

    def _fail(
        self,
        condition: Condition,
        event: str,
        request_id: str,
        attempts: list[Invocation],
        *,
        at: datetime,
        throttled: list[datetime],
    ) -> Processed:
        if self._failures is None:
            return Processed(condition, tuple(attempts), None, tuple(throttled))
        record: dict[str, Any] = {
            "version": "1.0",
            "timestamp": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z",
            "requestContext": {
                "requestId": request_id,
                "functionArn": f"{self._function_arn}:$LATEST",
                "condition": condition,
                "approximateInvokeCount": len(attempts),
            },
            "requestPayload": json.loads(event),
        }
        if attempts:
            record["responseContext"] = {
                "statusCode": 200,
                "executedVersion": "$LATEST",
                "functionError": "Unhandled",
            }
            record["responsePayload"] = attempts[-1].outcome.payload
        text = json.dumps(record)
        self._failures.send(text, {})
        return Processed(condition, tuple(attempts), text, tuple(throttled))

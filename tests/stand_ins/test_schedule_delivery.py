"""A scheduled event reaches the function as deployed, and what fails lies in the deployed queue, in AWS's format."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests.sandbox.function.invocation import Invocation, Outcome
from tests.sandbox.schedule.asynchronous import AsynchronousQueue, Condition
from tests.sandbox.schedule.cron import Cron
from tests.sandbox.schedule.delivery import THROTTLED, Deliverer, Refusal
from tests.sandbox.schedule.deployed_schedule import Schedule
from tests.sandbox.schedule.scheduler import Delivery

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_sqs import SQSClient

REGION = "eu-west-3"
AT = datetime(2026, 11, 23, 10, 1, tzinfo=UTC)
EVENT = '{"source": "main", "scheduled_time": "2026-11-23T10:01:00Z"}'
MISSING = "arn:aws:lambda:eu-west-3:123456789012:function:missing"


@dataclass
class Function:
    """A function that fails as often as told, and remembers its invocations."""

    failures: int = 0
    invocations: list[Invocation] = field(default_factory=list)

    def __call__(self, event: str, at: datetime, *, request_id: str | None = None) -> Invocation:
        outcome = Outcome({"event": json.loads(event)})
        if len(self.invocations) < self.failures:
            outcome = Outcome.raised(b'{"errorType": "SaveFailed", "errorMessage": "S3 is down"}')
        invocation = Invocation(request_id or "", at, outcome, (), "stream", 1.0, None, None)
        self.invocations.append(invocation)
        return invocation


class Aws:
    """moto with a function and two queues."""

    def __init__(self, endpoint_url: str) -> None:
        session = boto3.Session("testing", "testing", region_name=REGION)
        self.lambda_client: LambdaClient = session.client("lambda", endpoint_url=endpoint_url)
        self.sqs: SQSClient = session.client("sqs", endpoint_url=endpoint_url)
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        role = session.client("iam", endpoint_url=endpoint_url).create_role(
            RoleName="delivery-test", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
        )
        self.function_arn = self.lambda_client.create_function(
            FunctionName="delivery-test",
            Role=role["Role"]["Arn"],
            Runtime="python3.13",
            Handler="app.handler",
            Code={"ZipFile": b""},
        )["FunctionArn"]
        self.failures = self._queue("delivery-test-failures")
        self.dead_letters = self._queue("delivery-test-dead-letters")

    def _queue(self, name: str) -> str:
        self.sqs.create_queue(QueueName=name)
        return f"arn:aws:sqs:{REGION}:123456789012:{name}"

    def configure(self, **settings: Any) -> None:
        """Deploy these settings in place of those there are; none: Lambda's own."""
        with contextlib.suppress(self.lambda_client.exceptions.ResourceNotFoundException):
            self.lambda_client.delete_function_event_invoke_config(FunctionName="delivery-test")
        if settings:
            self.lambda_client.put_function_event_invoke_config(FunctionName="delivery-test", **settings)

    def take(self, queue_arn: str) -> list[Any]:
        """Take every message out of a queue."""
        url = self.sqs.get_queue_url(QueueName=queue_arn.rsplit(":", maxsplit=1)[-1])["QueueUrl"]
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        messages = answer.get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def queue_for(self, function: Function) -> AsynchronousQueue:
        return AsynchronousQueue(self.function_arn, function, lambda_client=self.lambda_client, sqs=self.sqs)


@pytest.fixture(scope="module")
def moto() -> Iterator[Aws]:
    server = ThreadedMotoServer("localhost", 0, verbose=False)
    server.start()
    yield Aws(f"http://localhost:{server.get_host_and_port()[1]}")
    server.stop()


@pytest.fixture
def aws(moto: Aws) -> Aws:
    """A function as the stack deploys it: no retries, 60 s, failures to SQS."""
    destination = {"OnFailure": {"Destination": moto.failures}}
    moto.configure(MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60, DestinationConfig=destination)
    moto.take(moto.failures)
    moto.take(moto.dead_letters)
    return moto


@pytest.fixture
def delivery(aws: Aws) -> Delivery:
    schedule = Schedule(
        name="main",
        arn="arn:aws:scheduler:us-west-2:123456789012:schedule/DLQ-test",
        cron=Cron.parse("cron(* * * * ? *)"),
        enabled=True,
        window_minutes=0,
        target_arn=aws.function_arn,
        input_template='{"source": "main", "attempt": "<aws.scheduler.attempt-number>"}',
        max_retries=1,
        max_event_age_s=60,
        dead_letter_arn=aws.dead_letters,
    )
    return Delivery(schedule, AT, AT + timedelta(seconds=2), "ad06616e51cdf74a")


def test_an_event_that_the_function_takes_leaves_no_record(aws: Aws) -> None:
    function = Function()
    processed = aws.queue_for(function).process(EVENT, AT)
    assert (processed.condition, processed.record) == (Condition.SUCCESS, None)
    assert [invocation.at for invocation in function.invocations] == [AT]
    assert aws.take(aws.failures) == []


def test_a_failed_invocation_is_recorded_in_the_documented_format(aws: Aws) -> None:
    function = Function(failures=1)
    processed = aws.queue_for(function).process(EVENT, AT, waits_s=1.25)
    (message,) = aws.take(aws.failures)
    assert message["Body"] == processed.record
    assert json.loads(message["Body"]) == {
        "version": "1.0",
        "timestamp": "2026-11-23T10:01:01.250Z",
        "requestContext": {
            "requestId": function.invocations[0].request_id,
            "functionArn": f"{aws.function_arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"source": "main", "scheduled_time": "2026-11-23T10:01:00Z"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": {"errorType": "SaveFailed", "errorMessage": "S3 is down"},
    }


def test_an_event_that_waited_longer_than_its_maximum_age_is_not_run(aws: Aws) -> None:
    function = Function()
    processed = aws.queue_for(function).process(EVENT, AT, waits_s=61)
    assert (processed.condition, function.invocations) == (Condition.EVENT_AGE_EXCEEDED, [])
    (message,) = aws.take(aws.failures)
    context = json.loads(message["Body"])["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == ("EventAgeExceeded", 0)


def test_an_event_at_its_maximum_age_is_still_run(aws: Aws) -> None:
    assert aws.queue_for(Function()).process(EVENT, AT, waits_s=60).condition is Condition.SUCCESS


def test_without_settings_lambda_tries_twice_more_after_one_and_two_minutes_with_one_request_id(aws: Aws) -> None:
    aws.configure()
    processed = aws.queue_for(Function(failures=3)).process(EVENT, AT)
    assert processed.condition is Condition.RETRIES_EXHAUSTED
    assert [(invocation.at - AT).total_seconds() for invocation in processed.invocations] == [0, 60, 180]
    assert len({invocation.request_id for invocation in processed.invocations}) == 1


def test_a_retry_that_succeeds_ends_the_event(aws: Aws) -> None:
    aws.configure(MaximumRetryAttempts=2)
    processed = aws.queue_for(Function(failures=1)).process(EVENT, AT)
    assert (processed.condition, len(processed.invocations)) == (Condition.SUCCESS, 2)


def test_a_destination_that_is_not_a_queue_is_refused(aws: Aws) -> None:
    aws.configure(DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sns:{REGION}:123456789012:alarms"}})
    with pytest.raises(ValueError, match="alarms: the sandbox sends failures to SQS only"):
        aws.queue_for(Function())


def test_a_destination_that_was_not_deployed_is_an_error(aws: Aws) -> None:
    aws.configure(DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:123456789012:absent"}})
    with pytest.raises(aws.sqs.exceptions.QueueDoesNotExist):
        aws.queue_for(Function())


def test_a_delivery_reaches_the_function_when_lambda_accepts_it(aws: Aws, delivery: Delivery) -> None:
    function = Function()
    deliverer = Deliverer({aws.function_arn: aws.queue_for(function)}, sqs=aws.sqs)
    delivered = deliverer.deliver(delivery, waits_s=3)
    assert (delivered.attempts, delivered.refusal) == (1, None)
    (invocation,) = function.invocations
    assert invocation.at == AT + timedelta(seconds=5)
    assert invocation.outcome.payload == {"event": {"source": "main", "attempt": "1"}}


def test_a_function_that_fails_is_no_business_of_the_schedules_queue(aws: Aws, delivery: Delivery) -> None:
    deliverer = Deliverer({aws.function_arn: aws.queue_for(Function(failures=1))}, sqs=aws.sqs)
    deliverer.deliver(delivery)
    assert (len(aws.take(aws.failures)), aws.take(aws.dead_letters)) == (1, [])


def test_a_throttled_delivery_is_tried_again_as_deployed(aws: Aws, delivery: Delivery) -> None:
    function = Function()
    queues = {aws.function_arn: aws.queue_for(function)}
    once = Deliverer(queues, sqs=aws.sqs, refuse=lambda _, at: THROTTLED if at == delivery.at else None)
    assert once.deliver(delivery).attempts == 2
    assert function.invocations[0].outcome.payload["event"]["attempt"] == "2"
    assert aws.take(aws.dead_letters) == []


@pytest.mark.parametrize(
    ("retries", "attempts", "exhausted"),
    # Tried 2, 3, 5, 9, 17 and 33 s after its time; the next try would come after 60 s.
    [(1, 2, "MaximumRetryAttempts"), (185, 6, "MaximumEventAgeInSeconds")],
)
def test_a_delivery_that_is_refused_to_the_end_is_a_dead_letter_in_the_documented_format(
    aws: Aws, delivery: Delivery, retries: int, attempts: int, exhausted: str
) -> None:
    schedule = replace(delivery.schedule, max_retries=retries)
    refusing = Deliverer({aws.function_arn: aws.queue_for(Function())}, sqs=aws.sqs, refuse=lambda _, __: THROTTLED)
    delivered = refusing.deliver(replace(delivery, schedule=schedule))
    assert (delivered.attempts, delivered.processed, delivered.refusal) == (attempts, None, THROTTLED)
    (message,) = aws.take(aws.dead_letters)
    assert json.loads(message["Body"])["source"] == "main"
    assert {name: value["StringValue"] for name, value in message["MessageAttributes"].items()} == {
        "ERROR_CODE": "TooManyRequestsException",
        "ERROR_MESSAGE": "Rate Exceeded.",
        "EXECUTION_ID": "ad06616e51cdf74a",
        "EXHAUSTED_RETRY_CONDITION": exhausted,
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": str(attempts - 1),
        "SCHEDULED_TIME": "2026-11-23T10:01:00Z",
        "SCHEDULE_ARN": "arn:aws:scheduler:us-west-2:123456789012:schedule/DLQ-test",
        "TARGET_ARN": aws.function_arn,
    }


def test_a_missing_function_is_a_dead_letter_at_once(aws: Aws, delivery: Delivery) -> None:
    astray = replace(delivery, schedule=replace(delivery.schedule, target_arn=MISSING))
    delivered = Deliverer({}, sqs=aws.sqs).deliver(astray)
    assert delivered == type(delivered)(
        1, None, Refusal("ResourceNotFoundException", f"Function not found: {MISSING}", retryable=False)
    )
    (message,) = aws.take(aws.dead_letters)
    assert "EXHAUSTED_RETRY_CONDITION" not in message["MessageAttributes"]


def test_without_a_dead_letter_queue_a_refused_event_is_lost(aws: Aws, delivery: Delivery) -> None:
    astray = replace(delivery, schedule=replace(delivery.schedule, target_arn=MISSING, dead_letter_arn=None))
    assert Deliverer({}, sqs=aws.sqs).deliver(astray).processed is None
    assert aws.take(aws.dead_letters) == []


def test_an_event_without_room_is_tried_ever_more_rarely_and_dropped_when_it_is_too_old(
    aws: Aws, delivery: Delivery
) -> None:
    function = Function()
    queue = AsynchronousQueue(
        aws.function_arn, function, lambda_client=aws.lambda_client, sqs=aws.sqs, throttle=lambda _at: True
    )
    processed = queue.process(delivery.input, delivery.at)
    assert [(at - delivery.at).total_seconds() for at in processed.throttled] == [0, 1, 3, 7, 15, 31]
    assert (processed.condition, processed.invocations) == (Condition.EVENT_AGE_EXCEEDED, ())
    assert len(aws.take(aws.failures)) == 1


def test_an_event_runs_late_when_there_is_room_again(aws: Aws, delivery: Delivery) -> None:
    until = delivery.at + timedelta(seconds=5)
    queue = AsynchronousQueue(
        aws.function_arn, Function(), lambda_client=aws.lambda_client, sqs=aws.sqs, throttle=lambda at: at < until
    )
    processed = queue.process(delivery.input, delivery.at)
    assert processed.condition is Condition.SUCCESS
    assert [(run.at - delivery.at).total_seconds() for run in processed.invocations] == [7]
    assert len(processed.throttled) == 3

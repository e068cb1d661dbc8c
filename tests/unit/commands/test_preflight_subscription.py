"""Whether the alarms reach anybody: what SNS lists, and what AWS does not let be asked."""

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from commands.preflight.check import Reach, Status, judged, subscription_of

EMAIL = "On-Call@example.com"
TOPIC = "arn:aws:sns:us-east-1:123456789012:SpectrumMeter-NoticesTopic"
ARN = f"{TOPIC}:0a1b"
PENDING = "PendingConfirmation"
STACK = {"StackName": "SpectrumMeter", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}


def listed(arn: str, endpoint: str = "on-call@example.com", protocol: str = "email") -> dict[str, str]:
    return {"SubscriptionArn": arn, "Endpoint": endpoint, "Protocol": protocol, "Owner": "1", "TopicArn": TOPIC}


@pytest.mark.parametrize(
    ("email", "found", "reach", "status"),
    [
        (EMAIL, [listed(ARN)], Reach.CONFIRMED, Status.WORKS),
        (EMAIL, [listed(PENDING), listed(ARN)], Reach.CONFIRMED, Status.WORKS),
        (EMAIL, [listed(PENDING)], Reach.PENDING, Status.ZONE_FAILS),
        (EMAIL, [], Reach.ABSENT, Status.ZONE_FAILS),
        (EMAIL, [listed("Deleted")], Reach.ABSENT, Status.ZONE_FAILS),
        (EMAIL, [listed(ARN, "other@example.com")], Reach.ABSENT, Status.ZONE_FAILS),
        (EMAIL, [listed(ARN, EMAIL, "sms")], Reach.ABSENT, Status.ZONE_FAILS),
        (None, [], Reach.NOBODY, Status.WORKS),
        (None, [listed(PENDING)], Reach.NOBODY, Status.WORKS),
        (None, [listed(ARN, "https://pager.example", "https")], Reach.CONFIRMED, Status.WORKS),
    ],
)
def test_only_a_confirmed_subscription_of_the_configured_address_counts(
    email: str | None, found: list[dict[str, str]], reach: Reach, status: Status
) -> None:
    subscription = judged(email, TOPIC, found)
    assert (subscription.reach, subscription.status) == (reach, status)
    renewal = f"aws sns subscribe --topic-arn {TOPIC} --protocol email --notification-endpoint {EMAIL}"
    assert (renewal in subscription.message) is (status is Status.ZONE_FAILS)
    assert ("nobody is told" in subscription.message) is (reach is Reach.NOBODY)


def client(service: Any) -> Any:
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="-", aws_secret_access_key="-")


def asked(*, denied: str = "", outputs: bool = True) -> Any:
    """Ask a stack whose topic has two pages of subscriptions."""
    cloudformation, sns = client("cloudformation"), client("sns")
    with Stubber(cloudformation) as stacks, Stubber(sns) as subscriptions:
        output = [{"OutputKey": "TopicArn", "OutputValue": TOPIC}] if outputs else []
        if denied == "cloudformation":
            stacks.add_client_error("describe_stacks", "AccessDenied", "not authorized to perform it", 403)
        else:
            stacks.add_response("describe_stacks", {"Stacks": [{**STACK, "Outputs": output}]})
        if denied == "sns":
            subscriptions.add_client_error("list_subscriptions_by_topic", "AuthorizationError", "not authorized", 403)
        else:
            first = {"Subscriptions": [listed(ARN, "a@example.com")], "NextToken": "next"}
            subscriptions.add_response("list_subscriptions_by_topic", first, {"TopicArn": TOPIC})
            wanted = {"TopicArn": TOPIC, "NextToken": "next"}
            subscriptions.add_response("list_subscriptions_by_topic", {"Subscriptions": [listed(PENDING)]}, wanted)
        return subscription_of(EMAIL, cloudformation=cloudformation, sns=sns)


def test_every_page_of_the_deployed_topic_is_read() -> None:
    assert asked().reach is Reach.PENDING


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"denied": "cloudformation"}, "AccessDenied"),
        ({"denied": "sns"}, "AuthorizationError"),
        ({"outputs": False}, "no output TopicArn"),
    ],
)
def test_what_may_not_be_asked_is_not_known_and_the_permissions_are_named(how: dict[str, Any], words: str) -> None:
    found = asked(**how)
    assert (found.reach, found.status) == (Reach.UNKNOWN, Status.NOT_KNOWN)
    assert words in found.message
    assert "cloudformation:DescribeStacks on the stack and sns:ListSubscriptionsByTopic" in found.message

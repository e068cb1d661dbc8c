"""Whether the stack's alarms reach anybody: the subscriptions of its topic, asked of SNS with `--deployed`.

CloudFormation makes the subscription of `alarms.email` once and never looks again. SNS deletes it when it is not
confirmed within two days, and suspends it, then deletes it, when too many messages come at once
(https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from commands.deployment import READING, STACK, CommandFailed, Deployment, asking, session
from commands.preflight.verdicts import Status

_NEEDED: Final = "cloudformation:DescribeStacks on the stack and sns:ListSubscriptionsByTopic on its topic"


class Reach(StrEnum):
    """Whom the alarms reach."""

    CONFIRMED = "confirmed"
    """`alarms.email`; where there is none, somebody."""
    PENDING = "pending"
    ABSENT = "absent"
    NOBODY = "nobody"
    """`alarms.email` is not set, and no subscription is confirmed."""
    UNKNOWN = "unknown"


_STATUSES: Final[Mapping[Reach, Status]] = {
    Reach.CONFIRMED: Status.WORKS,
    Reach.PENDING: Status.ZONE_FAILS,
    Reach.ABSENT: Status.ZONE_FAILS,
    Reach.NOBODY: Status.WORKS,
    Reach.UNKNOWN: Status.NOT_KNOWN,
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """What was found, and what to do."""

    reach: Reach
    message: str

    @property
    def status(self) -> Status:
        """The exit status that it asks for."""
        return _STATUSES[self.reach]


def subscription_of(email: str | None, *, cloudformation: Any = None, sns: Any = None) -> Subscription:
    """Ask AWS about the deployed stack's topic. A call that AWS refuses is an answer too: nothing is known."""
    try:
        topic = Deployment.find(cloudformation or _client("cloudformation"), STACK).output("TopicArn")
        with asking(f"who is subscribed to {topic}"):
            pages = (sns or _client("sns")).get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            found = [each for page in pages for each in page["Subscriptions"]]
    except CommandFailed as failed:
        return Subscription(
            Reach.UNKNOWN, f"whether they reach anybody is not known. {failed} Your AWS identity needs {_NEEDED}."
        )
    return judged(email, topic, found)


def judged(email: str | None, topic: str, found: Sequence[Mapping[str, str]]) -> Subscription:
    """Say whom they reach, by SNS's list: only a confirmed subscription has an ARN there."""
    if email is None:
        if any(_is_confirmed(each) for each in found):
            return Subscription(Reach.CONFIRMED, f"somebody has a confirmed subscription to {topic}.")
        return Subscription(
            Reach.NOBODY,
            f"warning: nobody is told, as no subscription to {topic} is confirmed. Set alarms.email in cdk.json and "
            "deploy, or subscribe to the topic yourself.",
        )
    own = [each for each in found if each["Protocol"] == "email" and each["Endpoint"].casefold() == email.casefold()]
    again = f"aws sns subscribe --topic-arn {topic} --protocol email --notification-endpoint {email}"
    if any(_is_confirmed(each) for each in own):
        return Subscription(Reach.CONFIRMED, f"{email} is subscribed, and has confirmed it.")
    if any(each["SubscriptionArn"] == "PendingConfirmation" for each in own):
        return Subscription(
            Reach.PENDING,
            f"{email} gets none: its subscription was not confirmed yet, or SNS has suspended it. Follow the link in "
            f"the mail from SNS; if it is lost, `{again}` sends another. SNS deletes the subscription after 48 hours.",
        )
    return Subscription(
        Reach.ABSENT,
        f"{email} gets none: it is not subscribed to {topic}. It did not confirm within 48 hours, was unsubscribed or "
        f"suspended, or was not deployed yet. Deploy if it is new in cdk.json; else `{again}`, as CloudFormation does "
        "not notice. Then follow the link in the mail from SNS.",
    )


def _is_confirmed(subscription: Mapping[str, str]) -> bool:
    return subscription["SubscriptionArn"].startswith("arn:")


def _client(service: Any) -> Any:
    return session().client(service, config=READING)

"""The composite alarms, as data: the only ones that send messages, whatever fails and however much of it.

SNS suspends a mail subscription at more than 10 messages a second, and deletes it two days later
(https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html): an outage of many sources or zones would
silence every later alarm. So alarms on metrics have no actions. Each belongs to a group, and a composite alarm is on
while any alarm of its group is. It sends a message when it goes on; `page` sends one when nothing that pages is on
any more.

That is at most five messages a minute. CloudWatch evaluates an alarm on a metric once a minute, so whichever alarm put
a composite on keeps it on for 60 s. In any 60 s each of four composites goes on at most once, and `page` off at most
once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from infra.monitoring.alarm import PREFIX, Alarm, Group, Severity, description

MOST_CHILDREN: Final = 100
LONGEST_RULE: Final = 10_240
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html"""
_SECTION: Final = "when-an-alarm-goes-off"
_FIRST: Final = (
    f"list what is on: `aws cloudwatch describe-alarms --alarm-types MetricAlarm --alarm-name-prefix {PREFIX}- "
    "--state-value ALARM --query 'MetricAlarms[].[AlarmName,AlarmDescription]' --output text`. Each says what it means "
    "and what to do first."
)
_MEANINGS: Final[Mapping[Group, str]] = {
    Group.PAGE_COLLECTION: "Act now: a source is not collected, or runs of the collector fail. What is not collected "
    "cannot be got later. Another source that fails while this is on sends no message.",
    Group.PAGE_ZONES: "Act now: a zone is not collected, or traffic is not as alarms.traffic expects. What is not "
    "collected cannot be got later. Another zone that fails while this is on sends no message.",
    Group.TICKET_REPAIRS: "On the next working day: something that failed has to be repaired, and waits for it (rows "
    "that are only in the log, for log_retention_days). More of it while this is on sends no message: work until the "
    "list is empty.",
    Group.TICKET_LIMITS: "On the next working day: a Cloudflare user's rate limit is nearly used, or metric_limit "
    "leaves applications out of CloudWatch.",
}
_PAGE: Final = (
    "OK: nothing that pages is on any more (also sent once after the first deployment). ALARM, without a message: "
    "page-collection or page-zones is on."
)


class Sends(Enum):
    """When a composite alarm sends a message."""

    WHEN_ON = auto()
    WHEN_OVER = auto()
    NEVER = auto()
    """It is a part of another, which would have too many children."""


@dataclass(frozen=True, slots=True)
class Composite:
    """A composite alarm: on while any of its children is."""

    name: str
    """Its name after the prefix."""
    children: tuple[str, ...]
    """Full names, of alarms on metrics or of composites that stand before it."""
    sends: Sends
    meaning: str

    @property
    def full_name(self) -> str:
        """Its name in CloudWatch."""
        return f"{PREFIX}-{self.name}"

    @property
    def rule(self) -> str:
        """The AlarmRule."""
        return " OR ".join(_term(child) for child in self.children)

    def description(self, runbook_url: str | None) -> str:
        """Write what the mail and the console show."""
        return description(self.meaning, _FIRST, _SECTION, runbook_url)


def composites(alarms: Iterable[Alarm]) -> tuple[Composite, ...]:
    """List the composite alarms over these alarms, children first."""
    by_group: dict[Group, list[str]] = {}
    for alarm in alarms:
        by_group.setdefault(alarm.group, []).append(alarm.full_name)
    told = [each for group in Group if group in by_group for each in _of_group(group, by_group[group])]
    pages = {group.value for group in Group if group.severity is Severity.PAGE}
    children = tuple(each.full_name for each in told if each.name in pages)
    return (*told, Composite(Severity.PAGE, children, Sends.WHEN_OVER, _PAGE))


def _of_group(group: Group, names: Sequence[str]) -> Iterator[Composite]:
    parts = list(_parts(names))
    if len(parts) == 1:
        yield Composite(group, parts[0], Sends.WHEN_ON, _MEANINGS[group])
        return
    made = [
        Composite(f"{group}-{number}", part, Sends.NEVER, f"A part of {group}.")
        for number, part in enumerate(parts, start=1)
    ]
    yield from made
    yield Composite(group, tuple(part.full_name for part in made), Sends.WHEN_ON, _MEANINGS[group])


def _parts(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Cut the names into as few rules as CloudWatch's limits allow, in their order."""
    part: list[str] = []
    length = 0
    for name in names:
        more = len(f" OR {_term(name)}")
        if len(part) == MOST_CHILDREN or length + more > LONGEST_RULE:
            yield tuple(part)
            part, length = [], 0
        part.append(name)
        length += more
    yield tuple(part)


def _term(name: str) -> str:
    return f'ALARM("{name}")'

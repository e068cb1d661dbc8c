"""AWS/SQS: how many messages a queue holds, minute by minute, as long as it is active.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html

Metrics are pushed every minute for queues that are active: that contain messages, or that something accessed within the
last six hours. After that there are none, not zeros. "There can be a delay of up to 15 minutes in CloudWatch metrics
when a queue is activated from an inactive state": here it always takes those 15 minutes. A new queue is asleep.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.aws.metrics import Datum, Series
from tests.sandbox.cloudwatch.recorded import Entry
from tests.sandbox.schedule.history import Depths

NAMESPACE: Final = "AWS/SQS"
WAKING: Final = timedelta(minutes=15)
_ACTIVE: Final = timedelta(hours=6)
_MINUTE: Final = timedelta(minutes=1)


def of_queue(queue: str, history: Sequence[Depths], until: datetime) -> Iterator[Entry]:
    """What SQS says of this queue, by its name, from the first look into it on."""
    if not history:
        return
    series = Series("ApproximateNumberOfMessagesVisible", (("QueueName", queue),))
    messages, accessed, awake = 0, datetime.min.replace(tzinfo=until.tzinfo), until
    number, asleep = 0, True
    minute = history[0].since.replace(second=0, microsecond=0)
    while minute < until:
        while number < len(history) and history[number].since < minute + _MINUTE:
            found = history[number].messages.get(queue, 0)
            if found != messages:
                messages, accessed = found, history[number].since
            number += 1
        if not messages and minute - accessed > _ACTIVE:
            asleep = True
        elif asleep:
            asleep, awake = False, minute + WAKING
        if not asleep:
            arrived = max(minute + _MINUTE, awake)
            yield series, Datum(minute, 1, messages, messages, messages, "Count", ((messages, 1.0),), arrived)
        minute += _MINUTE

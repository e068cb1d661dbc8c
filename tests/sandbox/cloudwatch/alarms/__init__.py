"""CloudWatch's alarms over the sandbox's metrics: when each would have changed its state, and why.

Written from the CloudWatch User Guide, whose page stands in each module, and from nothing of this project.

    watched = Alarm.read(aws.client("cloudwatch").describe_alarms()["MetricAlarms"][0])
    list(transitions(watched, Recorded.of(aws.metrics), start, end))

`definition` reads an alarm, `judgement` says what follows from the data points of one moment, `evaluation` gets them,
`walk` goes from minute to minute. `band` stands in for anomaly detection. `composite` follows the states of alarms on
metrics, and `notices` says which messages all of them send.

What AWS does not publish, and what is taken here instead:
- how many data points more than `EvaluationPeriods` are retrieved: two, as in AWS's only examples;
- at which second of a minute an alarm is evaluated: the caller says;
- the model behind an anomaly detection band: see `band`.
Not modelled: high-resolution alarms, wall clock windows, percentiles with few samples, actions other than messages.
"""

from tests.sandbox.cloudwatch.alarms.composite import CompositeAlarm, RefusedRule, composite_transitions
from tests.sandbox.cloudwatch.alarms.definition import Alarm, WarmUp
from tests.sandbox.cloudwatch.alarms.notices import Message, messages, most_in_a_minute
from tests.sandbox.cloudwatch.alarms.state import State
from tests.sandbox.cloudwatch.alarms.walk import Transition, transitions

__all__ = [
    "Alarm",
    "CompositeAlarm",
    "Message",
    "RefusedRule",
    "State",
    "Transition",
    "WarmUp",
    "composite_transitions",
    "messages",
    "most_in_a_minute",
    "transitions",
]

"""The `spectrum` context of cdk.json, checked whole before anything is built.

`parse` turns it into a `Configuration`, or raises one `ConfigurationError` that lists everything that is wrong.
"""

from infra.configuration.alarms import Alarms, TrafficAlarm
from infra.configuration.problems import ConfigurationError, Problem
from infra.configuration.source import Source
from infra.configuration.tokens import refuse_tokens
from infra.configuration.whole import CONTEXT_KEY, Configuration, parse
from infra.configuration.zone import Zone

__all__ = [
    "CONTEXT_KEY",
    "Alarms",
    "Configuration",
    "ConfigurationError",
    "Problem",
    "Source",
    "TrafficAlarm",
    "Zone",
    "parse",
    "refuse_tokens",
]

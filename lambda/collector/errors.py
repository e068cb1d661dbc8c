"""What makes an invocation fail, and who has to act.

CollectorError
├── SettingsInvalid     the deployment is wrong: fix cdk.json, deploy again
├── RejectedEvent       the event names no minute that can be collected: nothing was written
├── SecretUnavailable   no credential: its message says what to do, or that Secrets Manager is asked again
├── NotSaved            the rows are not in S3: they are in the log, from which the object can be made
└── NotPublished        the rows are in S3, not all metrics are in CloudWatch

SecretUnavailable never ends an invocation: it becomes the reason in every row.
"""


class CollectorError(Exception):
    """Something that a person has to know of. The message says what happened, to what, and what to do."""


class SettingsInvalid(CollectorError):
    """The environment or sources.json is wrong. All faults stand in one message."""


class RejectedEvent(CollectorError):
    """The event is malformed, too old, or lies in the future."""


class SecretUnavailable(CollectorError):
    """Secrets Manager gave no text for the secret."""


class NotSaved(CollectorError):
    """S3 did not take the raw object before the deadline, or it is not known whether it did."""


class NotPublished(CollectorError):
    """CloudWatch refused data, or did not say whether it took them."""

"""What makes an invocation fail, or the compaction of a day, and who has to act.

CompactorError
├── SettingsInvalid     the deployment is wrong: fix cdk.json, deploy again
├── RejectedEvent       the event asks for nothing that can be done: nothing was written
├── NotRead             S3 did not give an object: the next hour tries again
├── NotExact            rows in are not rows out: nothing was written, a fault of this program
├── HistoryWouldShrink  raw lacks what history holds: nothing was written, restore raw or decide
├── NotWritten          S3 did not take an object: the next hour tries again
├── NotEnded            S3 did not delete raw objects: the next hour tries again
└── DaysFailed          the hour is over, and this is what it could not do

DayChanged is no failure: the day is begun anew.
"""


class CompactorError(Exception):
    """Something that a person has to know of. The message says what happened, to what, and what to do."""


class SettingsInvalid(CompactorError):
    """The environment is wrong. All faults stand in one message."""


class RejectedEvent(CompactorError):
    """The event is not one of ours, or names a day that cannot be compacted."""


class NotRead(CompactorError):
    """S3 refused an object, or did not give the whole of it."""


class NotExact(CompactorError):
    """What would be written does not add up to what was read."""


class HistoryWouldShrink(CompactorError):
    """The day's history holds rows that its raw objects no longer have."""


class NotWritten(CompactorError):
    """S3 did not take an object, or did not say whether it did."""


class NotEnded(CompactorError):
    """S3 did not delete raw objects, or not all of them."""


class DaysFailed(CompactorError):
    """Some days could not be compacted or ended. The others were."""


class DayChanged(Exception):
    """An object of the day was replaced or deleted after it was looked at. The message is its key."""

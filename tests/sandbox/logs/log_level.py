"""Lambda's filter of a function's own JSON lines by level.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
"""

import json
from datetime import datetime
from typing import Final

_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_PYTHON_NAMES: Final = {"WARNING": "WARN", "CRITICAL": "FATAL"}


def reaches_the_log(line: str, application_log_level: str | None) -> bool:
    """Say whether Lambda passes this line on; null: the log format is `Text`, and every line passes.

    A line counts as INFO unless it is a JSON object with a known `level` and an RFC 3339 `timestamp`: lines of the
    embedded metric format, and Powertools' without `use_rfc3339=True`, are INFO whatever they say.
    """
    return application_log_level is None or _LEVELS.index(_level(line)) >= _LEVELS.index(application_log_level)


def _level(line: str) -> str:
    try:
        document = json.loads(line)
        datetime.fromisoformat(document["timestamp"])
        level = _PYTHON_NAMES.get(document["level"].upper(), document["level"].upper())
    except (ValueError, TypeError, KeyError, AttributeError):
        return "INFO"
    rfc3339 = "T" in document["timestamp"] and "," not in document["timestamp"]
    return level if rfc3339 and level in _LEVELS else "INFO"

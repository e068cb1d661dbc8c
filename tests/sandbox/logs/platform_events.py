"""The lines that Lambda itself adds to a function's log, in the JSON format.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.invocation import Invocation


def start_line(invocation: Invocation, deployment: Deployment) -> str | None:
    """`platform.start`; null when the deployed system log level leaves it out."""
    if deployment.system_log_level == "WARN":
        return None
    record = {"requestId": invocation.request_id, "functionArn": deployment.arn, "version": "$LATEST"}
    return _line("platform.start", invocation.at, record)


def report_line(invocation: Invocation, deployment: Deployment) -> str | None:
    """`platform.report`, with time and memory; null when the system log level keeps only failures and this is none."""
    if deployment.system_log_level == "WARN" and invocation.ok:
        return None
    init_ms = invocation.init_ms or 0
    metrics: dict[str, Any] = {
        "durationMs": round(invocation.duration_ms, 3),
        # Since August 2025 the loading of a cold start is billed too.
        "billedDurationMs": math.ceil(invocation.duration_ms + init_ms),
        "memorySizeMB": deployment.memory_mb,
    }
    if invocation.max_memory_mb is not None:
        metrics["maxMemoryUsedMB"] = invocation.max_memory_mb
    if invocation.cold:
        metrics["initDurationMs"] = round(init_ms, 3)
    record: dict[str, Any] = {"requestId": invocation.request_id, "metrics": metrics, "status": _status(invocation)}
    if record["status"] == "error":
        record["errorType"] = invocation.outcome.error_type
    return _line("platform.report", invocation.at + timedelta(milliseconds=invocation.duration_ms), record)


def _status(invocation: Invocation) -> str:
    if invocation.timed_out:
        return "timeout"
    return "success" if invocation.ok else "error"


def _line(event_type: str, at: datetime, record: dict[str, Any]) -> str:
    time = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
    return json.dumps({"time": time, "type": event_type, "record": record}, separators=(",", ":"))

"""What it costs that the functions run: Lambda, what starts them, what they read first, and their log."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from infra.configuration import Configuration
from infra.cost import measures, prices
from infra.cost.bill import Line, charge
from infra.cost.polling import Polling
from infra.cost.workload import Workload

LAMBDA: Final = "Lambda"
SCHEDULER: Final = "EventBridge Scheduler"
SECRETS: Final = "Secrets Manager"
LOGS: Final = "CloudWatch Logs"
_MB_PER_GB: Final = 1_024


def running_lines(configuration: Configuration, sources: Sequence[Polling], workload: Workload) -> Iterator[Line]:
    """Everything that is paid by run."""
    runs = len(sources) * measures.MINUTES
    polling_s = sum(_collector_s(source, workload) for source in sources) * measures.MINUTES
    compacting_s = _compactor_s(sources)
    yield from charge(LAMBDA, "collector, runs", runs, prices.INVOCATION)
    memory_gb = measures.COLLECTOR_MEMORY_MB / _MB_PER_GB
    yield from charge(LAMBDA, "collector, time", polling_s * memory_gb, prices.GB_SECOND)
    yield from charge(LAMBDA, "compactor, runs", measures.HOURS, prices.INVOCATION)
    memory_gb = configuration.compactor_memory_mb / _MB_PER_GB
    yield from charge(LAMBDA, "compactor, time", compacting_s * memory_gb, prices.GB_SECOND)
    yield from charge(LAMBDA, "compactor, /tmp", compacting_s * measures.SCRATCH_GB, prices.SCRATCH_GB_SECOND)
    yield from charge(SCHEDULER, "starts", runs + measures.HOURS, prices.SCHEDULE)
    secrets = {source.secret for source in configuration.sources}
    yield from charge(SECRETS, "secrets", len(secrets), prices.SECRET)
    reads = len(sources) * measures.SECRET_READS_PER_HOUR * measures.HOURS
    yield from charge(SECRETS, "reads", reads, prices.SECRET_READ)
    yield from _log_lines(configuration, sources, workload)


def _log_lines(configuration: Configuration, sources: Sequence[Polling], workload: Workload) -> Iterator[Line]:
    minute = sum(measures.LOG_BYTES_PER_RUN + measures.LOG_BYTES_PER_REQUEST * source.requests for source in sources)
    gigabytes = (minute * measures.MINUTES + measures.LOG_BYTES_PER_HOUR * measures.HOURS) / prices.BYTES_PER_GB
    yield from charge(LOGS, "written", gigabytes, prices.LOG_GB)
    kept_days = min(configuration.log_retention_days, measures.age_days(workload.month))
    yield from charge(LOGS, "kept", gigabytes * kept_days / measures.DAYS, prices.LOG_GB_MONTH)


def _collector_s(source: Polling, workload: Workload) -> float:
    """A run's polls start at the collector's pace, or as fast as its threads have answers."""
    rounds = math.ceil(source.requests / measures.POLLS_AT_ONCE)
    polls_s = max(source.requests / measures.POLLS_PER_SECOND, rounds * workload.latency_ms / 1_000)
    return measures.COLLECTOR_SECONDS + polls_s


def _compactor_s(sources: Sequence[Polling]) -> float:
    """Its month: a look at the bucket every hour, and each day's objects fetched and written anew."""
    looks_s = measures.HOURS * measures.S3_SECONDS * (measures.lists_per_hour(len(sources)) + measures.HEADS_PER_HOUR)
    fetching_s = len(sources) * measures.MINUTES * measures.S3_SECONDS / measures.FETCHES_AT_ONCE
    rows = sum(source.rows for source in sources) * measures.MINUTES
    return looks_s + fetching_s + rows * measures.COMPACTION_SECONDS_PER_ROW

"""The whole configuration: the sources, and the few choices that hold for all of them."""

import json
from dataclasses import dataclass
from typing import Final

from contract.sources import LEVELS, TRAFFIC_METRICS
from infra.configuration.agreement import disagreements
from infra.configuration.alarms import Alarms, invalid_traffic_alarms, parse_alarms
from infra.configuration.problems import ConfigurationError, Problem
from infra.configuration.section import Section
from infra.configuration.source import HOW_TO_FIND_ZONE_IDS, Source, parse_source
from infra.configuration.tokens import without_tokens

CONTEXT_KEY: Final = "spectrum"
# Not WARNING: Lambda would take the metric lines, which have no level, for INFO and drop them (see infra/functions.py).
LOG_LEVELS: Final = ("DEBUG", "INFO")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

_KEYS: Final = (
    "sources",
    "metric_limit",
    "metrics",
    "levels",
    "catalog_minutes",
    "log_retention_days",
    "log_level",
    "reserved_concurrency",
    "raw_retention_days",
    "open_days",
    "query_scan_limit_gb",
    "compactor_memory_mb",
    "monthly_limit_dollars",
    "alarms",
)
# `restore` and `replay` bring back minutes of the last two weeks, and need their day's raw objects.
_LEAST_RAW_RETENTION_DAYS: Final = 15


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that cdk.json decides, checked."""

    sources: tuple[Source, ...]
    metric_limit: int
    """Most distinct application metrics of a source."""
    metrics: tuple[str, ...]
    levels: tuple[str, ...]
    catalog_minutes: int
    """Age at which names are fetched again, in minutes."""
    log_retention_days: int
    log_level: str
    reserved_concurrency: int | None
    """Concurrent runs reserved for the collector; none: it shares the account's."""
    raw_retention_days: int
    """Raw objects of days older than this end, once their history is verified."""
    open_days: int
    """How many days before today the views read from raw."""
    query_scan_limit_gb: int
    """Athena ends a query that has read so many GB (10^9 bytes)."""
    compactor_memory_mb: int
    monthly_limit_dollars: int | None
    """Synth warns when a month may cost more; none: it only says what a month costs."""
    alarms: Alarms


def parse(context: object) -> Configuration:
    """Read the context key `spectrum`: an object, or its JSON text as `cdk -c spectrum='{…}'` hands it over.

    Raises ConfigurationError with every problem that there is.
    """
    problems: list[Problem] = []
    value = _from_json(context, problems) if isinstance(context, str) else context
    if problems:
        raise ConfigurationError(problems)
    if value is None:
        missing = f"is missing. The shipped cdk.json holds it, and `cdk` hands it over.\n{HOW_TO_FIND_ZONE_IDS}"
        raise ConfigurationError([Problem("", missing)])
    value = without_tokens(value, problems)
    tokens = tuple(problem.path for problem in problems)
    configuration = _read(value, problems)
    if configuration is not None:
        problems.extend(disagreements(configuration.sources))
        problems.extend(
            invalid_traffic_alarms(
                configuration.alarms,
                configuration.sources,
                metrics=configuration.metrics,
                levels=configuration.levels,
            )
        )
    if configuration is None or problems:
        # Of a placeholder for a token there is nothing more to say.
        raise ConfigurationError(
            [*problems[: len(tokens)], *(each for each in problems[len(tokens) :] if not each.lies_in(tokens))]
        )
    return configuration


def _read(value: object, problems: list[Problem]) -> Configuration | None:
    section = Section.read(value, "", problems, known=_KEYS)
    if section is None:
        return None
    none = 'holds no source; start with [{"name": "main", "secret": "cloudflare-spectrum/main", "zones": […]}].'
    listed = section.items("sources", if_none=none)
    sources = [
        parse_source(source, section.at("sources", index=index), problems) for index, source in enumerate(listed)
    ]
    # All sources start their runs at the same second: with less, one of them would be throttled every minute.
    concurrency = (
        section.integer("reserved_concurrency", low=max(1, len(listed)), high=1_000, default=len(listed))
        if "reserved_concurrency" in section.entries
        else None
    )
    limit = (
        section.integer("monthly_limit_dollars", low=1, high=10_000_000, default=1)
        if "monthly_limit_dollars" in section.entries
        else None
    )
    return Configuration(
        sources=tuple(source for source in sources if source is not None),
        metric_limit=section.integer("metric_limit", low=0, high=10_000, default=200),
        metrics=section.choices("metrics", TRAFFIC_METRICS),
        levels=section.choices("levels", LEVELS),
        catalog_minutes=section.integer("catalog_minutes", low=5, high=720, default=60),
        log_retention_days=section.choice("log_retention_days", LOG_RETENTION_DAYS, default=30),
        log_level=section.choice("log_level", LOG_LEVELS, default="INFO"),
        reserved_concurrency=concurrency,
        raw_retention_days=section.integer("raw_retention_days", low=_LEAST_RAW_RETENTION_DAYS, high=3_650, default=90),
        open_days=section.integer("open_days", low=1, high=7, default=1),
        query_scan_limit_gb=section.integer("query_scan_limit_gb", low=1, high=1_000_000, default=100),
        compactor_memory_mb=section.integer("compactor_memory_mb", low=512, high=10_240, default=2_048),
        monthly_limit_dollars=limit,
        alarms=parse_alarms(section.entries.get("alarms", {}), section.at("alarms"), problems),
    )


def _from_json(text: str, problems: list[Problem]) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        problems.append(Problem("", f"is not JSON: {error}. With -c spectrum=…, quote the whole text for your shell."))
        return None

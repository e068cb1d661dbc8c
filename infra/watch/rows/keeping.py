"""Rows on what becomes of the minutes: saved, published, compacted, and what went wrong in between."""

from collections.abc import Iterator, Sequence

from contract.metrics import HEALTH_NAMESPACE
from infra.configuration import Configuration, Source
from infra.watch.alarm import Series
from infra.watch.rows.collecting import health
from infra.watch.widget import Line, Widget, chart, line, text

_TROUBLE = (
    ("SaveFailed", "not saved"),
    ("PublishFailed", "data not published"),
    ("PublishUnknown", "data published or not"),
    ("CredentialRefused", "credential refused"),
    ("EventsRejected", "event rejected"),
    ("DuplicatesRefused", "duplicate refused"),
)


def rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    """Show the way of the minutes to S3, CloudWatch and history."""
    sources = configuration.sources
    yield [text("## Kept: saved, published, compacted")]
    yield [
        chart("Rows saved a minute", _of_each(sources, "RowsSaved", "Average"), unit="rows", width=8),
        chart("What went wrong", _trouble(sources), unit="in the period", width=8, stacked=True),
        chart(
            "Names: age, and look-ups that failed; metrics left out",
            [
                *_of_each(sources, "CatalogAge", "Maximum"),
                *_on_the_right(sources, "CatalogFailures", "zones, look-up failed"),
                *_on_the_right(sources, "MetricsDropped", "metrics left out"),
            ],
            unit="s",
            right_unit="zones, metrics",
            width=8,
        ),
    ]
    yield [
        chart(
            "Not in place yet",
            [
                *_of_each(sources, "UnpublishedMinutes", "Maximum", "unpublished minutes"),
                line(_lake("UncompactedDays", "Maximum"), "uncompacted days"),
            ],
            unit="minutes, days",
            width=8,
        ),
        chart(
            "Compaction of a day",
            [
                line(_lake("CompactedRows", "Maximum"), "rows"),
                line(_lake("CompactionDuration", "Maximum"), "seconds", right=True),
            ],
            unit="rows",
            right_unit="s",
            width=8,
        ),
        chart(
            "Raw: set aside and ended",
            [
                line(_lake("RawObjectsSetAside", "Sum"), "objects set aside"),
                line(_lake("RawLinesSetAside", "Sum"), "lines set aside"),
                line(_lake("RawObjectsEnded", "Sum"), "objects ended"),
            ],
            unit="in the period",
            width=8,
        ),
    ]


def _of_each(sources: Sequence[Source], metric: str, statistic: str, what: str = "") -> list[Line]:
    return [line(health(source.name, metric, statistic), f"{source.name} {what}".strip()) for source in sources]


def _trouble(sources: Sequence[Source]) -> list[Line]:
    return [
        line(health(source.name, metric, "Sum"), f"{source.name} {what}")
        for source in sources
        for metric, what in _TROUBLE
    ]


def _on_the_right(sources: Sequence[Source], metric: str, what: str) -> list[Line]:
    return [line(health(source.name, metric, "Maximum"), f"{source.name} {what}", right=True) for source in sources]


def _lake(metric: str, statistic: str) -> Series:
    return Series(HEALTH_NAMESPACE, metric, (), statistic)

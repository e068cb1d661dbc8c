"""What the estimate takes a run for is what the functions are made to do."""

from datetime import UTC, datetime, timedelta

from cloudflare_api.rate_limit import STARTS_PER_S
from collector.credentials import MAX_AGE_S
from collector.name_cache import KEPT_EVERY
from collector.poller import MAX_CONCURRENCY
from collector.publisher import BATCH
from compactor.days import Calendar
from compactor.download import THREADS
from infra import cost
from infra.functions import collector
from tests.cost.configurations import configured


def test_the_collector_gets_what_is_charged() -> None:
    assert collector(configured(), bucket="-").memory_mb == cost.COLLECTOR_MEMORY_MB


def test_the_collector_keeps_the_pace_that_is_charged() -> None:
    assert (MAX_CONCURRENCY, STARTS_PER_S) == (cost.MAX_CONCURRENT_POLLS, cost.POLLS_PER_SECOND)
    assert cost.DATA_PER_PUT == BATCH
    assert timedelta(hours=1) / KEPT_EVERY == cost.CATALOG_WRITES_PER_HOUR
    assert 3_600 / MAX_AGE_S == cost.SECRET_READS_PER_HOUR


def test_the_compactor_looks_at_the_days_that_are_charged() -> None:
    calendar = Calendar(datetime(2026, 11, 23, 12, tzinfo=UTC), raw_retention_days=90)
    assert cost.CONCURRENT_DOWNLOADS == THREADS
    assert len(calendar.watched()) == cost.WATCHED_DAYS
    assert len(calendar.compared()) * 2 == cost.HEADS_PER_HOUR

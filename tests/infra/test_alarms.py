"""What wakes people: every alarm says what it means and what to do, and watches something that exists."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.metrics import BY_NAME
from infra.bundle import PROJECT
from infra.configuration import ConfigurationError, parse
from infra.monitoring.alarm import (
    HOUR,
    MINUTE,
    Alarm,
    Band,
    Comparison,
    Deployed,
    Group,
    Insights,
    Missing,
    Series,
    Severity,
    filled,
)
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import Composite, composites
from infra.rate_budget import DEFAULT_REQUESTS_PER_MINUTE, RUNS_IN_WINDOW, WINDOW_REQUESTS
from tests.infra.alarms import EVERY
from tests.infra.declared import minimal, zone_ids

LONGEST = {Deployed.REGION: 16, Deployed.MISSED_URL: 140, Deployed.FAILURES_URL: 140}
"""Room for what the deployment puts in the place of a mark; 80 for a name."""
THREE_HOURS = 3 * HOUR
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
OF_AWS = {
    "AWS/Lambda": ({"Errors", "Throttles"}, ("FunctionName",)),
    "AWS/SQS": ({"ApproximateNumberOfMessagesVisible"}, ("QueueName",)),
}
each = pytest.mark.parametrize("alarm", EVERY, ids=lambda alarm: alarm.name)
told = pytest.mark.parametrize("alarm", [*EVERY, *composites(EVERY)], ids=lambda alarm: alarm.name)


def watched(alarm: Alarm) -> tuple[str, str, tuple[str, ...]]:
    """Namespace, metric and dimension names of what an alarm watches."""
    match alarm.watched:
        case Insights() as query:
            return query.namespace, query.metric, query.by
        case Band(series) | (Series() as series):
            return series.namespace, series.metric, tuple(name for name, _ in series.dimensions)


@each
def test_an_alarm_says_what_it_means_and_what_to_do_first(alarm: Alarm) -> None:
    assert re.fullmatch(r"[A-Z].*\.", alarm.meaning)
    assert len(alarm.first) > 40
    for text in (alarm.description(None), alarm.description("https://git.example/docs/operations.md")):
        assert alarm.meaning in text
        assert alarm.first in text
        assert f"operations.md#{alarm.section}" in text


@told
def test_an_alarms_section_is_in_the_runbook(alarm: Alarm | Composite) -> None:
    (section,) = re.findall(r"operations\.md#([\w-]+)", alarm.description(None))
    page = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", page, re.M)
    assert section in {heading.lower().replace(" ", "-") for heading in headings}


@told
def test_a_text_names_only_what_the_deployment_can_fill_in(alarm: Alarm | Composite) -> None:
    marks = set(re.findall(r"<(\w+)>", alarm.description(None)))
    assert marks <= {str(deployed) for deployed in Deployed}


@told
def test_a_description_fits(alarm: Alarm | Composite) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    text = alarm.description("https://" + "x" * 200)
    assert len(filled(text, {deployed: "x" * LONGEST.get(deployed, 80) for deployed in Deployed})) <= 1024


def test_a_description_fits_whatever_is_watched() -> None:
    """A longer one would be refused only when the stack is deployed. As long as the configuration lets it be."""
    longest = {"name": "n" * 64, "zone": "z" * 300, "application": "a" * 300, "metric": "ConnectionDuration"}
    watch = longest | {"above": 10**15, "below": 10**15, "unusual": 10, "minutes": 120}
    runbook = "https://" + "x" * 200
    settings = {"runbook_url": runbook, "minutes_without_data": 120, "zone_minutes": 120, "traffic": [watch]}
    configuration = parse(minimal(name="s" * 32) | {"alarms": settings})
    names = {deployed: "x" * LONGEST.get(deployed, 80) for deployed in Deployed}
    for alarm in alarms(configuration):
        assert len(filled(alarm.description(runbook), names)) <= 1024
    with pytest.raises(ConfigurationError, match="1 to 300"):
        parse(minimal() | {"alarms": {"traffic": [watch | {"application": "a" * 301}]}})


def test_how_soon_somebody_has_to_act_is_declared_of_every_alarm() -> None:
    pages = {alarm.name for alarm in EVERY if alarm.group.severity is Severity.PAGE}
    assert pages == {
        *(f"{source}-{kind}" for source in ("main", "second") for kind in ("no-minutes", "credential-refused")),
        *("zones-down", "collector-errors", "collector-throttles"),
        *(alarm.name for alarm in EVERY if alarm.name.startswith("traffic-")),
    }


def test_what_may_be_accepted_for_good_hides_nothing_but_the_warning_of_a_limit() -> None:
    """A composite alarm that is on says nothing of further children: `metric-limit` may be on for ever."""
    beside = {alarm.name for alarm in EVERY if alarm.group is Group.TICKET_LIMITS}
    assert beside == {f"{source}-{kind}" for source in ("main", "second") for kind in ("metric-limit", "rate-budget")}


@each
def test_an_alarm_watches_a_metric_that_is_sent_in_those_dimensions(alarm: Alarm) -> None:
    namespace, metric, dimensions = watched(alarm)
    if namespace in OF_AWS:
        metrics, named = OF_AWS[namespace]
        assert metric in metrics
        assert dimensions == named
    else:
        assert BY_NAME[metric].namespace == namespace
        assert dimensions in BY_NAME[metric].dimensions


@each
def test_silence_is_good_only_for_metrics_that_are_silent_when_all_is_well(alarm: Alarm) -> None:
    """An alarm that takes silence for good must not watch what a living function says every time."""
    _, metric, _ = watched(alarm)
    if metric in BY_NAME and alarm.rule.missing is Missing.GOOD:
        assert BY_NAME[metric].sparse
    if metric in BY_NAME and alarm.rule.missing is Missing.BAD:
        assert not BY_NAME[metric].sparse


@pytest.mark.parametrize("metric", ["RequestsCollected", "UncompactedDays"])
def test_each_function_is_missed_when_it_is_gone(metric: str) -> None:
    missing = {alarm.rule.missing for alarm in EVERY if watched(alarm)[1] == metric}
    assert missing == {Missing.BAD}


@each
def test_one_bad_minute_does_not_make_an_alarm_come_and_go(alarm: Alarm) -> None:
    """One bad period is enough only where it stays on: for an hour, or because what it counts stays."""
    lasts = {"UnpublishedMinutes", "ApproximateNumberOfMessagesVisible"}
    if alarm.rule.bad == 1 and watched(alarm)[1] not in lasts:
        assert alarm.rule.period_s * alarm.rule.periods >= HOUR


@each
def test_a_rule_is_one_that_cloudwatch_takes(alarm: Alarm) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period
    rule = alarm.rule
    assert 1 <= rule.bad <= rule.periods
    assert rule.period_s % MINUTE == 0
    assert rule.period_s * rule.periods <= (7 * 24 * HOUR if rule.period_s >= HOUR else 24 * HOUR)
    assert (alarm.threshold is None) == (alarm.comparison is Comparison.OUTSIDE)


def test_zones_are_watched_by_one_query_over_their_exact_dimensions() -> None:
    (query,) = (alarm.watched for alarm in EVERY if isinstance(alarm.watched, Insights))
    assert query.sql == (
        'SELECT MAX("ZoneDown") FROM SCHEMA("Cloudflare/Spectrum/Collector", "Source", "Zone") '
        'GROUP BY "Source", "Zone" ORDER BY MAX() DESC'
    )


def test_names_are_stable_and_told_by_source() -> None:
    names = [alarm.full_name for alarm in EVERY]
    assert len(set(names)) == len(names)
    for source in ("main", "second"):
        assert f"SpectrumMeter-{source}-no-minutes" in names
    assert {"SpectrumMeter-zones-down", "SpectrumMeter-traffic-games-above"} <= set(names)


@given(
    minutes=st.integers(2, 120),
    zone_minutes=st.integers(2, 120),
    percent=st.integers(1, 99),
)
def test_thresholds_are_those_of_the_configuration(minutes: int, zone_minutes: int, percent: int) -> None:
    settings = {"minutes_without_data": minutes, "zone_minutes": zone_minutes, "rate_limit_percent": percent}
    found = {alarm.name: alarm for alarm in alarms(parse(minimal() | {"alarms": settings}))}
    silent, zones, budget = (found[name] for name in ("main-no-minutes", "zones-down", "main-rate-budget"))
    assert (silent.rule.bad, silent.rule.periods) == (minutes, minutes)
    assert (zones.rule.bad, zones.rule.periods) == (zone_minutes, zone_minutes + 1)
    assert zones.rule.period_s * (zones.rule.periods + 5) < THREE_HOURS
    assert budget.threshold == percent
    assert f"{minutes} minutes" in silent.meaning
    assert f"{percent} %" in budget.meaning


def test_a_full_budget_does_not_set_the_rate_limits_alarm_off_by_itself() -> None:
    """Six runs in Cloudflare's window: the polls of each, and the names that the five before the last have read."""
    budget = DEFAULT_REQUESTS_PER_MINUTE
    configuration = parse(minimal(zones=zone_ids(budget)))
    (alarm,) = (each for each in alarms(configuration) if each.name == "main-rate-budget")
    names = math.ceil(2 * budget / configuration.catalog_minutes)  # Lists a run: collector.name_cache.
    used = RUNS_IN_WINDOW * budget + (RUNS_IN_WINDOW - 1) * names
    assert alarm.threshold is not None
    assert 100 * used / WINDOW_REQUESTS < alarm.threshold < 100


def test_traffic_is_watched_in_the_series_that_are_published() -> None:
    found = {alarm.name: alarm for alarm in EVERY}
    above, below = found["traffic-games-above"], found["traffic-games-below"]
    assert above.watched == Series("Cloudflare/Spectrum", "BytesEgress", (("Zone", "b.example"),), "Sum")
    assert (above.comparison, above.threshold) == (Comparison.ABOVE, 6_000_000_000)
    assert (below.comparison, below.threshold) == (Comparison.BELOW, 1_000)
    unusual = found["traffic-minecraft-unusual"]
    dimensions = (("Zone", "b.example"), ("Application", "mc.b.example"), ("Colo", "AMS"))
    duration = Series("Cloudflare/Spectrum", "ConnectionDuration", dimensions, "Average")
    assert unusual.watched == Band(duration, 3)
    assert (unusual.rule.bad, unusual.rule.periods) == (15, 15)


def test_an_unknown_minute_neither_begins_nor_ends_an_alarm_on_traffic() -> None:
    rules = {alarm.rule.missing for alarm in EVERY if alarm.name.startswith("traffic-")}
    assert rules == {Missing.AS_BEFORE}


def test_without_any_setting_all_alarms_are_there_but_those_on_traffic() -> None:
    plain = {alarm.name for alarm in alarms(parse(minimal()))}
    every = {alarm.name for alarm in EVERY if not alarm.name.startswith(("traffic-", "second-"))}
    assert plain == every

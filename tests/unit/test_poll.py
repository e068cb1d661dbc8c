"""The rows."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.app_names import AppNames, Catalog, ZoneNames
from collector.event import Trigger
from collector.poller import PollResult
from collector.rows import FRESH, Application, Poll, polls_of_late_event, polls_of_round
from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS, Outcome, Reason
from contract.sources import Request, Zone
from tests.unit.examples import (
    LIMITED,
    MINUTE,
    NOW,
    TIMED_OUT,
    UNAVAILABLE,
    application,
    failed_poll,
    good,
    poll,
    source,
    usage,
    zone,
    zones,
)

KNOWN = {"app1": AppNames("ssh.example.com", "tcp/22"), "app2": AppNames(None, None)}
LISTED = ZoneNames(name="example.com", apps=KNOWN, listed_at=NOW, initialized=True)


def row(asked: PollResult, names: ZoneNames | None = None) -> Poll:
    """The row that an outcome becomes."""
    catalog = Catalog({asked.request.zone.id: names} if names else {})
    (made,) = polls_of_round([asked], source(), MINUTE, catalog, NOW)
    return made


def collected(*app_ids: str, of: Zone | None = None) -> PollResult:
    answer = good(*(usage(app_id) for app_id in app_ids), remaining=9)
    return PollResult(Request(of or zone(), None), 1, answer, None)


def apps_of(asked: PollResult, names: ZoneNames | None) -> dict[str, bool]:
    return {app.app_id: app.reported for app in row(asked, names).apps}


def test_a_line_holds_the_declared_columns_in_order() -> None:
    line = json.loads(poll(apps=[application()]).to_line())
    assert list(line) == [column.name for column in POLL_COLUMNS]
    assert list(line["apps"][0]) == [column.name for column in APPLICATION_COLUMNS]


def test_every_value_fits_its_declared_type() -> None:
    types = {"string": str, "timestamp": str, "int": int, "bigint": int, "double": (int, float), "boolean": bool}
    line = json.loads(row(collected("app1"), LISTED).to_line())
    app = line["apps"][0]
    for columns, values in ((POLL_COLUMNS, line), (APPLICATION_COLUMNS, app)):
        for column in columns:
            if values[column.name] is not None and column.name != "apps":
                assert isinstance(values[column.name], types[column.type]), column.name  # type: ignore[arg-type]


@given(st.timedeltas(timedelta(0), timedelta(days=30_000)))
def test_times_are_written_as_hive_reads_timestamps(after: timedelta) -> None:
    moment = datetime(2000, 1, 1, tzinfo=UTC) + after
    line = json.loads(poll(minute=moment.replace(second=0, microsecond=0), observed_at=moment).to_line())
    assert line["minute"] == moment.strftime("%Y-%m-%d %H:%M:00")
    assert datetime.strptime(line["observed_at"], "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC) == moment.replace(
        microsecond=moment.microsecond // 1000 * 1000
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_poll_is_one_line_whatever_the_texts_hold(text: str) -> None:
    line = failed_poll(error_message=text, zone_name=text).to_line()
    assert "\n" not in line
    assert "\r" not in line
    assert json.loads(line)["error_message"] == text


def test_a_collected_row_says_what_the_answer_said() -> None:
    made = row(collected("app1"))
    assert (made.outcome, made.reason, made.error_message) == (Outcome.COLLECTED, None, None)
    assert (made.http_status, made.attempts, made.latency_ms, made.rate_limit_remaining) == (200, 1, 20, 9)
    assert (made.minute, made.observed_at, made.source, made.zone_id) == (MINUTE, NOW, "main", zone().id)
    (app,) = made.apps
    assert app == Application("app1", None, None, 100, 200, 2.0, 50.0, reported=True)


@pytest.mark.parametrize(("attempts", "outcome"), [(0, Outcome.SKIPPED), (1, Outcome.FAILED), (4, Outcome.FAILED)])
def test_what_was_not_sent_is_skipped_and_what_was_sent_in_vain_failed(attempts: int, outcome: Outcome) -> None:
    last = LIMITED if attempts else None
    made = row(PollResult(Request(zone(), "LHR"), attempts, last, Reason.RATE_LIMITED, "why"))
    assert (made.outcome, made.reason, made.error_message, made.colo) == (outcome, "rate_limited", "why", "LHR")
    assert (made.http_status, made.error_code) == ((429, 10429) if attempts else (None, None))
    assert made.apps == ()


def test_a_failed_zone_has_no_applications_though_the_catalogue_knows_some() -> None:
    for last in (UNAVAILABLE, TIMED_OUT, None):
        assert row(PollResult(Request(zone(), None), 1, last, Reason.TIMEOUT), LISTED).apps == ()


def test_names_come_from_the_catalogue_and_a_configured_one_wins() -> None:
    made = row(collected("app1"), LISTED)
    assert (made.zone_name, made.apps[0].app_name, made.apps[0].protocol) == (
        "example.com",
        "ssh.example.com",
        "tcp/22",
    )
    assert row(collected("app1", of=zone(name="mine.example.com")), LISTED).zone_name == "mine.example.com"
    assert row(collected("app1")).zone_name is None


def test_a_known_application_that_the_answer_leaves_out_is_a_zero_that_was_not_reported() -> None:
    made = row(collected("app3"), LISTED)
    assert {app.app_id: app.reported for app in made.apps} == {"app1": False, "app2": False, "app3": True}
    assert made.apps[0] == Application("app1", "ssh.example.com", "tcp/22", 0, 0, 0.0, None, reported=False)


def test_an_idle_zone_is_all_zeros() -> None:
    assert apps_of(PollResult(Request(zone(), None), 1, replace(good(), usage=()), None), LISTED) == {
        "app1": False,
        "app2": False,
    }


@pytest.mark.parametrize(
    ("listed_at", "zeros"),
    [(NOW - FRESH, {"app1": False}), (NOW - FRESH - timedelta(seconds=1), {}), (None, {})],
)
def test_a_list_that_is_too_old_says_nothing_about_who_is_idle(
    listed_at: datetime | None, zeros: dict[str, bool]
) -> None:
    names = ZoneNames(apps={"app1": KNOWN["app1"]}, listed_at=listed_at, initialized=True)
    assert apps_of(collected("app3"), names) == {**zeros, "app3": True}


def test_only_configured_applications_become_zeros() -> None:
    assert apps_of(collected("app2", of=zone(app_ids=("app2", "app9"))), LISTED) == {"app2": True}


def test_applications_that_were_only_seen_become_no_zeros() -> None:
    names = ZoneNames(seen={"app9": NOW.date()}, listed_at=NOW, initialized=True)
    assert apps_of(collected("app1"), names) == {"app1": True}


def test_a_late_event_writes_every_request_down_as_skipped() -> None:
    of = source(zone(1), zone(2, colos=("LHR", "AMS")))
    trigger = Trigger("main", MINUTE, delay_ms=90_000, late=True)
    polls = polls_of_late_event(of, trigger, Catalog({zone(1).id: LISTED}), NOW)
    assert [(made.zone_id, made.colo) for made in polls] == [(request.zone.id, request.colo) for request in of.requests]
    assert {(made.outcome, made.reason, made.attempts, made.apps) for made in polls} == {
        (Outcome.SKIPPED, Reason.LATE_EVENT, 0, ())
    }
    assert "90 s after its minute" in (polls[0].error_message or "")


def test_rows_come_in_the_order_of_the_requests() -> None:
    asked = [PollResult(request, 0, None, Reason.DEADLINE) for request in source(*zones(5)).requests]
    polls = polls_of_round(asked, source(*zones(5)), MINUTE, Catalog(), NOW)
    assert [made.zone_id for made in polls] == [zone.id for zone in zones(5)]

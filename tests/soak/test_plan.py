"""The plan: the seed's alone, and over the seeds everything that can go wrong does."""

from datetime import timedelta

from tests.sandbox.cloudflare import KINDS
from tests.soak import weather
from tests.soak.plan import NIGHTS, plan
from tests.soak.script import CALM, MINUTE, Plan
from tests.soak.stack import SOURCES

SEEDS = range(60)


def plans() -> list[Plan]:
    """As a long soak draws them."""
    return [plan(seed, minutes=120) for seed in SEEDS]


def test_the_seed_decides_all_of_it_and_another_seed_decides_otherwise() -> None:
    assert plan(7) == plan(7)
    assert plan(7).events != plan(7 + len(NIGHTS)).events


def test_every_kind_of_trouble_comes_over_the_seeds() -> None:
    drawn = plans()
    events = [event for each in drawn for event in each.events]
    assert {fault.kind for event in events for fault in event.cloudflare} == set(KINDS)
    assert {fault.kind for event in events for fault in event.aws} == {blow.kind for blow in weather.BLOWS}
    kills = {event.kill for event in events if event.kill}
    assert {(kill.place, kill.applied) for kill in kills} == {
        (place, applied) for place in weather.COLLECTOR_CALLS for applied in (True, False)
    }
    for mishap in ("twin", "refused", "cold", "waits_s", "skew_s"):
        assert any(getattr(event, mishap) for event in events), mishap
    compactions = [compaction for each in drawn for compaction in each.compactions]
    for mishap in ("twin", "cold", "kill", "aws"):
        assert any(getattr(compaction, mishap) for compaction in compactions), mishap


def test_every_day_crosses_its_midnight_and_begins_calm() -> None:
    for each in plans():
        minutes = {event.minute for event in each.events}
        assert {each.midnight - MINUTE, each.midnight} <= minutes
        calm = [event for event in each.events if event.minute < each.calm_until]
        assert len(calm) == CALM * len(SOURCES)
        assert not any(event.aws or event.cloudflare or event.kill or event.late_s > 2 for event in calm)


def test_a_day_runs_as_many_minutes_as_it_is_told_and_all_of_them_when_told() -> None:
    for minutes in (24, 120, 1440):
        days = {event.minute for event in plan(5, days=2, minutes=minutes).events}
        assert len(days) == 2 * minutes


def test_most_of_a_whole_day_is_fair_and_much_goes_wrong_in_hours_of_it() -> None:
    for seed in range(8):
        whole = plan(seed, minutes=1440)
        foul = {event.minute for event in whole.events if event.aws or event.cloudflare or event.kill or event.refused}
        assert 60 <= len(foul) <= 480, seed
        assert len({minute.hour for minute in foul}) >= 4, seed


def test_a_closer_look_keeps_the_calm_start_and_the_minutes_asked_for_as_they_were() -> None:
    whole = plan(3, minutes=120)
    first, last = whole.midnight - MINUTE, whole.midnight + MINUTE
    closer = whole.only(first, last)
    assert {event.minute for event in closer.events if event.minute >= whole.calm_until} == {
        first + number * timedelta(minutes=1) for number in range(3)
    }
    assert set(closer.events) <= set(whole.events)

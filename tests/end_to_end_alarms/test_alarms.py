"""Each deployed alarm goes off when it must, in no other scene, and is over when its cause is."""

import re

import pytest

from tests.end_to_end_alarms import minutes, starting
from tests.end_to_end_alarms.scenes import FOR_A_PERSON, KINDS, ONE_BAD_MINUTE, SCENES, TOLD_BY, Scene
from tests.end_to_end_alarms.stack import SPECTRUM, ZONES
from tests.end_to_end_alarms.stage import PREFIX, SECONDS, Stage
from tests.sandbox.cloudwatch.alarms import State

_BY_PLAY = {scene.play: scene for scene in SCENES}
_SOURCE = re.compile(rf"^({'|'.join(ZONES)})-")
_WATCH = re.compile(rf"^traffic-({'|'.join(watch['name'] for watch in SPECTRUM['alarms']['traffic'])})-")


def kind_of(alarm: str) -> str:
    """An alarm's name with the source's, or the watch's, left open."""
    return _WATCH.sub("traffic-<watch>-", _SOURCE.sub("<source>-", alarm.removeprefix(PREFIX)))


@pytest.mark.parametrize(
    "scene", [pytest.param(scene, id=scene.name, marks=[pytest.mark.slow] * scene.slow) for scene in SCENES]
)
def test_what_goes_off_is_what_the_scene_calls_for(stage: Stage, scene: Scene) -> None:
    played = stage.play(scene.play)
    assert [found - scene.left_out for found in played.went_off()] == [scene.goes_off] * len(SECONDS)
    assert [found - scene.left_out for found in played.still_on()] == [scene.still_on] * len(SECONDS)
    assert played.contributors("zones-down") == [scene.zones_down] * len(SECONDS)
    went_off = {alarm for found in played.went_off() for alarm in found}
    assert played.told() == [{TOLD_BY[kind_of(alarm)] for alarm in went_off}] * len(SECONDS)
    for alarm in scene.goes_off:
        for states in played.changes(alarm):
            assert states.count(State.ALARM) == 1, f"{alarm} flaps: {states}"
            assert alarm in scene.still_on or State.OK in states[states.index(State.ALARM) :]


def test_every_kind_of_alarm_that_is_deployed_has_a_scene_that_sets_it_off_and_one_that_does_not(stage: Stage) -> None:
    assert {kind_of(alarm.name) for alarm in stage.alarms} == set(KINDS) == set(TOLD_BY)
    for kind, tried in KINDS.items():
        assert kind in {kind_of(alarm) for alarm in _BY_PLAY[tried.goes_off_in].goes_off}, kind
        assert kind not in {kind_of(alarm) for alarm in _BY_PLAY[tried.not_in].goes_off}, kind


def test_one_bad_minute_sets_nothing_off_but_what_a_person_has_to_put_right() -> None:
    for play in ONE_BAD_MINUTE:
        assert _BY_PLAY[play].goes_off <= FOR_A_PERSON, play


def test_a_new_deployment_sets_nothing_off(stage: Stage) -> None:
    """The alarms are made before there is any datum; the compactor's first one comes at twenty past."""
    played = stage.play(minutes.nothing, new=True)
    assert played.went_off() == [frozenset()] * len(SECONDS)


def test_no_traffic_and_no_answers_and_no_runs_are_told_apart() -> None:
    silent, failing, gone = (
        {kind_of(alarm) for alarm in _BY_PLAY[play].goes_off if not alarm.startswith("traffic-")}
        for play in (minutes.no_traffic, minutes.all_zones_of_a_source_fail, starting.nothing_is_started)
    )
    assert silent == set()
    assert failing == {"<source>-no-minutes", "zones-down"}
    assert gone == {"<source>-no-minutes"}

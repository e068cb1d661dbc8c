"""Scenes of the traffic itself, which the configuration asks to be watched: four minutes in a row."""

from tests.end_to_end_alarms.minutes import RECOVERY
from tests.end_to_end_alarms.stack import GAMES, MAIL, QUIET, asleep
from tests.end_to_end_alarms.stage import Stage
from tests.sandbox.cloudflare import Fault, Zone


def _awake(stage: Stage, zone: Zone) -> None:
    stage.sandbox.cloudflare.world = stage.sandbox.cloudflare.world.with_zone(zone)


def _sleep(stage: Stage, zone: Zone) -> None:
    stage.sandbox.cloudflare.world = asleep(stage.sandbox.cloudflare.world, zone)


def a_quiet_zone_wakes_up(stage: Stage) -> None:
    _awake(stage, QUIET)
    stage.minutes(6)
    _sleep(stage, QUIET)
    stage.minutes(RECOVERY)


def a_quiet_zone_wakes_up_for_three_minutes(stage: Stage) -> None:
    _awake(stage, QUIET)
    stage.minutes(3)
    _sleep(stage, QUIET)
    stage.minutes(RECOVERY)


def a_busy_zone_falls_silent(stage: Stage) -> None:
    _sleep(stage, GAMES)
    stage.minutes(6)
    _awake(stage, GAMES)
    stage.minutes(RECOVERY)


def a_busy_zone_is_silent_for_a_minute_and_then_unknown(stage: Stage) -> None:
    """A low value, and after it nothing: whether it stayed low is not known."""
    _sleep(stage, GAMES)
    stage.minutes(1)
    stage.sandbox.cloudflare.faults.add(Fault("zone_not_found_7003", zone=GAMES.id))
    stage.minutes(8)
    stage.sandbox.cloudflare.faults.clear()
    _awake(stage, GAMES)
    stage.minutes(RECOVERY)


def a_zone_carries_what_it_never_did(stage: Stage) -> None:
    """It has had a quarter of an hour to be learned."""
    stage.minutes(10)
    _sleep(stage, MAIL)
    stage.minutes(6)
    _awake(stage, MAIL)
    stage.minutes(RECOVERY)


def a_zone_carries_what_it_always_does(stage: Stage) -> None:
    stage.minutes(20)

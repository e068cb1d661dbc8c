"""All scenes, and what must go off in each: exactly these alarms and no other. Which alarm is tried by which."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.end_to_end_alarms import hours, minutes, starting, traffic
from tests.end_to_end_alarms.stack import GAMES, MAIN, ZONES
from tests.end_to_end_alarms.stage import Stage

Play = Callable[[Stage], None]

NO_MINUTES: Final = frozenset({"main-no-minutes", "edge-no-minutes"})


@dataclass(frozen=True, slots=True)
class Scene:
    """What is played, and what alarms make of it."""

    play: Play
    goes_off: frozenset[str] = frozenset()
    still_on: frozenset[str] = frozenset()
    """Those that are on when the scene ends, though nothing is wrong any more: they say so for a while."""
    zones_down: frozenset[tuple[str, ...]] = frozenset()
    """Source and name of each zone that `zones-down` names."""
    hourly: bool = False
    """Only what happens every hour is played; alarms that miss the minutes are left out."""
    slow: bool = False

    @property
    def name(self) -> str:
        """What happens."""
        return self.play.__name__

    @property
    def left_out(self) -> frozenset[str]:
        """The alarms that this scene says nothing about."""
        return NO_MINUTES if self.hourly else frozenset()


def _scene(play: Play, *goes_off: str, still_on: frozenset[str] = frozenset()) -> Scene:
    return Scene(play, frozenset(goes_off), still_on)


def _hourly(play: Play, *goes_off: str, still_on: frozenset[str] = frozenset()) -> Scene:
    return Scene(play, frozenset(goes_off), still_on, hourly=True)


def _named(zones: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset((MAIN, zone) for zone in zones)


_OF_MAIN: Final = tuple(zone.name for zone in ZONES[MAIN])

SCENES: Final = (
    _scene(minutes.nothing),
    _scene(minutes.no_traffic, *(watch := ("traffic-games-below",)), still_on=frozenset(watch)),
    _scene(minutes.one_minute_without_cloudflare),
    Scene(
        minutes.all_zones_of_a_source_fail, frozenset({"main-no-minutes", "zones-down"}), zones_down=_named(_OF_MAIN)
    ),
    _scene(minutes.all_zones_of_a_source_fail_for_four_minutes),
    Scene(minutes.one_zone_fails, frozenset({"zones-down"}), zones_down=_named((GAMES.name,))),
    _scene(minutes.one_zone_fails_in_every_other_minute),
    Scene(
        minutes.the_token_is_revoked,
        frozenset({"main-credential-refused", "main-no-minutes", "zones-down"}),
        zones_down=_named(_OF_MAIN),
    ),
    _scene(minutes.the_token_is_revoked_and_replaced_two_minutes_later),
    _scene(minutes.somebody_else_uses_the_rate_limit, "main-rate-budget"),
    _scene(minutes.somebody_else_uses_most_of_the_rate_limit),
    _scene(minutes.s3_refuses_one_minute, "main-save-failed", "failed-runs", still_on=frozenset({"main-save-failed"})),
    Scene(minutes.s3_refuses_one_minute_an_hour_ago, frozenset({"main-save-failed", "failed-runs"}), slow=True),
    _scene(
        minutes.s3_refuses_four_minutes,
        *("main-save-failed", "collector-errors", "failed-runs"),
        still_on=frozenset({"main-save-failed"}),
    ),
    _scene(minutes.s3_fails_once),
    _scene(starting.nothing_is_started, *NO_MINUTES),
    _scene(starting.one_event_of_each_source_is_lost),
    _scene(starting.the_scheduler_is_refused, "not-started", *NO_MINUTES),
    _scene(starting.the_scheduler_is_refused_once_and_tries_again),
    _scene(starting.lambda_has_no_room_for_the_collector, "collector-throttles", "failed-runs", *NO_MINUTES),
    _scene(starting.lambda_has_no_room_for_some_seconds),
    _scene(traffic.a_quiet_zone_wakes_up, "traffic-quiet-above"),
    _scene(traffic.a_quiet_zone_wakes_up_for_three_minutes),
    _scene(traffic.a_busy_zone_falls_silent, "traffic-games-below"),
    Scene(
        traffic.a_busy_zone_is_silent_for_a_minute_and_then_unknown,
        frozenset({"zones-down"}),
        zones_down=_named((GAMES.name,)),
    ),
    _scene(traffic.a_zone_carries_what_it_never_did, "traffic-mail-unusual"),
    _scene(traffic.a_zone_carries_what_it_always_does),
    _hourly(hours.the_compactor_fails_in_every_hour, "compactor-errors", "failed-runs", "uncompacted-days"),
    _hourly(hours.the_compactor_fails_in_one_hour, "failed-runs"),
    _hourly(hours.the_compactor_is_not_started, "uncompacted-days"),
    _hourly(hours.the_compactor_is_not_started_for_two_hours),
    _hourly(hours.lambda_has_no_room_for_the_compactor, "compactor-throttles", "failed-runs"),
    _hourly(hours.lambda_has_no_room_for_the_compactor_in_one_hour, "failed-runs"),
    _hourly(hours.a_minute_is_not_published, "failed-runs", "main-unpublished"),
    _hourly(hours.a_minute_is_not_published_yet),
    _hourly(
        hours.a_foreign_file_lies_in_a_closed_day,
        *(kept := ("raw-objects-rejected",)),
        still_on=frozenset(kept),
    ),
    _hourly(hours.a_foreign_file_lies_in_today),
    _scene(minutes.one_application_more_of_another_source),
    _scene(minutes.one_application_more_than_the_limit, *(cap := ("main-metric-limit",)), still_on=frozenset(cap)),
)


@dataclass(frozen=True, slots=True)
class Tried:
    """The two scenes that try a kind of alarm."""

    goes_off_in: Play
    not_in: Play
    """A near miss."""


KINDS: Final = {
    "<source>-no-minutes": Tried(starting.nothing_is_started, minutes.all_zones_of_a_source_fail_for_four_minutes),
    "<source>-credential-refused": Tried(
        minutes.the_token_is_revoked, minutes.the_token_is_revoked_and_replaced_two_minutes_later
    ),
    "<source>-rate-budget": Tried(
        minutes.somebody_else_uses_the_rate_limit, minutes.somebody_else_uses_most_of_the_rate_limit
    ),
    "<source>-save-failed": Tried(minutes.s3_refuses_one_minute, minutes.s3_fails_once),
    "<source>-unpublished": Tried(hours.a_minute_is_not_published, hours.a_minute_is_not_published_yet),
    "<source>-metric-limit": Tried(
        minutes.one_application_more_than_the_limit, minutes.one_application_more_of_another_source
    ),
    "zones-down": Tried(minutes.one_zone_fails, minutes.one_zone_fails_in_every_other_minute),
    "collector-errors": Tried(minutes.s3_refuses_four_minutes, minutes.s3_refuses_one_minute),
    "compactor-errors": Tried(hours.the_compactor_fails_in_every_hour, hours.the_compactor_fails_in_one_hour),
    "collector-throttles": Tried(
        starting.lambda_has_no_room_for_the_collector, starting.lambda_has_no_room_for_some_seconds
    ),
    "compactor-throttles": Tried(
        hours.lambda_has_no_room_for_the_compactor, hours.lambda_has_no_room_for_the_compactor_in_one_hour
    ),
    "not-started": Tried(starting.the_scheduler_is_refused, starting.the_scheduler_is_refused_once_and_tries_again),
    "failed-runs": Tried(minutes.s3_refuses_one_minute, minutes.all_zones_of_a_source_fail),
    "uncompacted-days": Tried(hours.the_compactor_is_not_started, hours.the_compactor_is_not_started_for_two_hours),
    "raw-objects-rejected": Tried(hours.a_foreign_file_lies_in_a_closed_day, hours.a_foreign_file_lies_in_today),
    "traffic-<watch>-above": Tried(traffic.a_quiet_zone_wakes_up, traffic.a_quiet_zone_wakes_up_for_three_minutes),
    "traffic-<watch>-below": Tried(
        traffic.a_busy_zone_falls_silent, traffic.a_busy_zone_is_silent_for_a_minute_and_then_unknown
    ),
    "traffic-<watch>-unusual": Tried(
        traffic.a_zone_carries_what_it_never_did, traffic.a_zone_carries_what_it_always_does
    ),
}
"""By kind of alarm: its name, with the source's and the watch's left open."""

TOLD_BY: Final = {
    "<source>-no-minutes": "page-collection",
    "<source>-credential-refused": "page-collection",
    "<source>-rate-budget": "ticket-limits",
    "<source>-save-failed": "ticket-repairs",
    "<source>-unpublished": "ticket-repairs",
    "<source>-metric-limit": "ticket-limits",
    "zones-down": "page-zones",
    "collector-errors": "page-collection",
    "compactor-errors": "ticket-repairs",
    "collector-throttles": "page-collection",
    "compactor-throttles": "ticket-repairs",
    "not-started": "ticket-repairs",
    "failed-runs": "ticket-repairs",
    "uncompacted-days": "ticket-repairs",
    "raw-objects-rejected": "ticket-repairs",
    "traffic-<watch>-above": "page-zones",
    "traffic-<watch>-below": "page-zones",
    "traffic-<watch>-unusual": "page-zones",
}
"""The composite alarm that sends a message when an alarm of this kind goes off."""

ONE_BAD_MINUTE: Final = (
    minutes.one_minute_without_cloudflare,
    minutes.s3_fails_once,
    minutes.s3_refuses_one_minute,
    starting.one_event_of_each_source_is_lost,
    starting.the_scheduler_is_refused_once_and_tries_again,
)
FOR_A_PERSON: Final = frozenset({"main-save-failed", "failed-runs"})
"""What one minute is enough for: its rows are in the log alone, and somebody has to put them back."""

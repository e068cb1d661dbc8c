"""Scenes of the minute: Cloudflare fails, refuses, limits; S3 does not take a minute.

Faults are of kinds that are not retried, as retries wait in real time.
"""

from tests.end_to_end_alarms.stack import EDGE, GAMES, MAIN, NEXT_TOKEN, TOKENS, ZONES, asleep, zone_of
from tests.end_to_end_alarms.stage import MINUTE, Stage
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Fault, Zone

_FAILING = "zone_not_found_7003"
RECOVERY = 8
"""Minutes after which nothing bad of a scene is left in an evaluation range by the minute."""


def _fail(stage: Stage, *zones: Zone) -> None:
    for zone in zones:
        stage.sandbox.cloudflare.faults.add(Fault(_FAILING, zone=zone.id))


def _recover(stage: Stage, minutes: int = RECOVERY) -> None:
    stage.sandbox.cloudflare.faults.clear()
    stage.minutes(minutes)


def nothing(stage: Stage) -> None:
    stage.minutes(10)


def no_traffic(stage: Stage) -> None:
    """Nobody connects to anything: the rows are zeros, and every run is as good as ever."""
    cloudflare = stage.sandbox.cloudflare
    cloudflare.world = asleep(cloudflare.world, *(zone for zones in ZONES.values() for zone in zones))
    stage.minutes(10)


def one_minute_without_cloudflare(stage: Stage) -> None:
    stage.sandbox.cloudflare.faults.add(Fault("http_503_json"))
    stage.minutes(1)
    _recover(stage)


def all_zones_of_a_source_fail(stage: Stage) -> None:
    _fail(stage, *ZONES[MAIN])
    stage.minutes(9)
    _recover(stage)


def all_zones_of_a_source_fail_for_four_minutes(stage: Stage) -> None:
    _fail(stage, *ZONES[MAIN])
    stage.minutes(4)
    _recover(stage)


def one_zone_fails(stage: Stage) -> None:
    _fail(stage, GAMES)
    stage.minutes(9)
    _recover(stage)


def one_zone_fails_in_every_other_minute(stage: Stage) -> None:
    for _ in range(5):
        _fail(stage, GAMES)
        stage.minutes(1)
        _recover(stage, 1)
    _recover(stage)


def the_token_is_revoked(stage: Stage) -> None:
    cloudflare = stage.sandbox.cloudflare
    cloudflare.world = cloudflare.world.revoked(TOKENS[MAIN], stage.now)
    stage.minutes(9)
    _rotate(stage)
    stage.minutes(RECOVERY)


def the_token_is_revoked_and_replaced_two_minutes_later(stage: Stage) -> None:
    cloudflare = stage.sandbox.cloudflare
    cloudflare.world = cloudflare.world.revoked(TOKENS[MAIN], stage.now)
    stage.minutes(2)
    _rotate(stage)
    stage.minutes(RECOVERY)


def _rotate(stage: Stage) -> None:
    cloudflare = stage.sandbox.cloudflare
    cloudflare.world = cloudflare.world.rotated(TOKENS[MAIN], NEXT_TOKEN, stage.now)
    stage.sandbox.put_secret(f"cloudflare-spectrum/{MAIN}", NEXT_TOKEN)


def _others_call(stage: Stage, requests: int, minutes: int) -> None:
    """Somebody else uses the same Cloudflare user, so many times a minute."""
    for _ in range(minutes):
        for _ in range(requests):
            stage.sandbox.cloudflare.api.rate_limit.count(MAIN, stage.now - MINUTE / 2)
        stage.minutes(1)


def somebody_else_uses_the_rate_limit(stage: Stage) -> None:
    """Five minutes' worth of 230, and our own 15, are 1,165 of 1,200."""
    _others_call(stage, 230, minutes=9)
    stage.minutes(RECOVERY)


def somebody_else_uses_most_of_the_rate_limit(stage: Stage) -> None:
    """1,015 of 1,200."""
    _others_call(stage, 200, minutes=9)
    stage.minutes(RECOVERY)


def _refuse_writes(stage: Stage, minutes: int) -> None:
    fault = AwsFault("refuse", service="s3", operation="PutObject", key=f"raw/*-{MAIN}.json.gz", times=None, role="?*")
    stage.sandbox.aws.faults.add(fault)
    stage.minutes(minutes)
    stage.sandbox.aws.faults.clear()


def s3_refuses_one_minute(stage: Stage) -> None:
    """The failure queue has slept: its first metrics come a quarter of an hour late."""
    _refuse_writes(stage, minutes=1)
    stage.minutes(17)
    stage.empty_queues()
    stage.minutes(RECOVERY)


def s3_refuses_one_minute_an_hour_ago(stage: Stage) -> None:
    s3_refuses_one_minute(stage)
    stage.minutes(45)


def s3_refuses_four_minutes(stage: Stage) -> None:
    _refuse_writes(stage, minutes=4)
    stage.minutes(14)
    stage.empty_queues()
    stage.minutes(RECOVERY)


def s3_fails_once(stage: Stage) -> None:
    """The same write goes well the second time."""
    fault = AwsFault(
        "fail", service="s3", operation="PutObject", key=f"raw/*-{MAIN}.json.gz", status=503, code="SlowDown", role="?*"
    )
    stage.sandbox.aws.faults.add(fault)
    stage.minutes(RECOVERY)


def one_application_more_than_the_limit(stage: Stage) -> None:
    cloudflare = stage.sandbox.cloudflare
    cloudflare.world = cloudflare.world.with_zone(zone_of(GAMES.name, len(GAMES.applications) + 1))
    stage.minutes(6)
    stage.sandbox.function.recycle()  # A warm process would remember the application in the next scene.


def one_application_more_of_another_source(stage: Stage) -> None:
    """`edge` has room for it: the limit is each source's own."""
    (shop,) = ZONES[EDGE]
    cloudflare = stage.sandbox.cloudflare
    cloudflare.world = cloudflare.world.with_zone(zone_of(shop.name, len(shop.applications) + 1))
    stage.minutes(6)

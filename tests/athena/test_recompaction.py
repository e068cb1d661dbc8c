"""A minute that comes late into a compacted day is in the next answer, once."""

import pytest

from tests.athena.lake import Lake

pytestmark = pytest.mark.athena


def test_a_restored_minute_is_in_the_history_of_its_day(lake: Lake) -> None:
    source, minute = lake.script.unsaved
    ((minutes_before, bytes_before),) = lake.without_unsaved.rows
    ((minutes_after, bytes_after),) = lake.minutes_and_bytes().rows
    at = f"{minute:%Y-%m-%d %H:%M}"
    served = [reading for key, reading in lake.sandbox.cloudflare.served.items() if key.minute == at]
    of_source = {line.zone_id for line in lake.books.lines if line.source == source}
    restored = sum(
        reading.bytes_ingress + reading.bytes_egress
        for key, reading in lake.sandbox.cloudflare.served.items()
        if key.minute == at and key.zone_id in of_source
    )
    assert served
    assert restored > 0
    assert (minutes_after, bytes_after) == (minutes_before + 1, bytes_before + restored)


def test_a_day_that_is_compacted_again_by_hand_answers_the_same(lake: Lake) -> None:
    day = lake.script.days.day(2)
    sums = f"SELECT count(*), sum(bytes_ingress), sum(bytes_egress), max(observed_at) FROM usage WHERE dt = '{day}'"
    before = lake.trino.query(sums).rows
    lake.compact(day, by_hand=True)
    assert lake.trino.query(sums).rows == before
    assert before[0][0] > 0

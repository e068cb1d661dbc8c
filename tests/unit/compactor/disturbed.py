"""Days in which something happens between any two calls of S3, and what must hold of them in the end."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from contract.lake import HISTORIES, POLLS, USAGE
from tests.unit.compactor.lake import DAY, MORNING, START, Calls, Hook, Killed, Lake, kill
from tests.unit.examples import application, poll

LATE = START + timedelta(hours=1)


def first_compaction(lake: Lake) -> None:
    """A day of three minutes that was never compacted."""
    lake.delete(*lake.listed())
    lake.save_day(3)


def recompaction(lake: Lake) -> None:
    """A compacted day to which a minute was added."""
    first_compaction(lake)
    lake.run()
    restore(lake)


def half(lake: Lake) -> None:
    """A day whose compaction was killed between its two history objects."""
    first_compaction(lake)
    with pytest.raises(Killed):
        lake.run(before=Calls(2, kill, only="PutObject"))
    assert lake.listed("history/") == [POLLS.key(DAY)]


STATES = pytest.mark.parametrize("state", [first_compaction, recompaction, half])


def restore(lake: Lake) -> None:
    """Put a minute where none was, as `restore` does."""
    lake.save(LATE, poll(apps=[application()]), at=MORNING - timedelta(hours=1))


def at_each_call(lake: Lake, state: Callable[[Lake], None], act: Callable[[], object]) -> Iterator[Hook]:
    """Once for each call that a run makes: the state anew, and a hook that acts before that call.

    To be killed before a call is to be killed after the one before it, whose answer nobody has used yet.
    """
    state(lake)
    counting = Calls()
    lake.run(before=counting)
    assert {"ListObjectsV2", "HeadObject", "GetObject", "PutObject"} == set(counting.made)
    for call in range(len(counting.made)):
        state(lake)
        yield Calls(call, act)


def check(lake: Lake) -> None:
    """History is right, whole, reported, and alone in its folder."""
    check_history(lake)
    rows = {"polls": int(lake.metadata(POLLS)["rows"]), "usage": int(lake.metadata(USAGE)["rows"])}
    assert lake.report()["rows"] == rows


def check_history(lake: Lake) -> None:
    """History is right, whole, and alone in its folder."""
    late = "raw/dt=2026-11-22/0100-main.json.gz" in lake.listed("raw/")
    assert lake.listed("history/") == [history.key(DAY) for history in HISTORIES]
    total = sum(2 * (1000 * n + 10 * z) + 3 for n in range(3) for z in (1, 2)) + 100 * late
    assert lake.rows(USAGE, columns="count(*), sum(bytes_ingress)") == [(12 + late, total)]
    assert lake.rows(POLLS, columns="count(*)") == [(6 + late,)]
    assert lake.metadata(POLLS)["raw-digest"] == lake.metadata(USAGE)["raw-digest"]
    assert (lake.metadata(POLLS)["rows"], lake.metadata(USAGE)["rows"]) == (str(6 + late), str(12 + late))

"""Which processes a command leaves behind, found by adopting every orphan it makes."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_PR_SET_CHILD_SUBREAPER: Final = 36
_ENDED: Final = ("Z", "X")


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Within the block, processes whose parent ends become children of this one, and so stay in sight."""
    _subreaper(1)
    try:
        yield
    finally:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        _subreaper(0)


def descendants() -> frozenset[int]:
    """Every process that runs and was started by this one, or by one that was."""
    parents = dict(_running())
    found = {os.getpid()}
    while new := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= new
    return frozenset(found - {os.getpid()})


def _running() -> Iterator[tuple[int, int]]:
    """Pid and parent's pid of each process that has not ended."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(FileNotFoundError, ProcessLookupError):
                state, parent, *_ = (folder / "stat").read_text().rpartition(")")[2].split()
                if state not in _ENDED:
                    yield int(folder.name), int(parent)


def _subreaper(on: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, on, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")

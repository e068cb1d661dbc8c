"""A command is run to its end, or ended with all that it started."""

import os
import select
import sys
from pathlib import Path

import pytest

from tests.sandbox.command import CommandError, run

PATH = {"PATH": os.environ["PATH"]}


def shell(script: str, folder: Path, **more: str) -> str:
    return run(("sh", "-c", script), environment={**PATH, **more}, folder=folder)


def test_what_a_command_prints_is_returned_and_shown_line_by_line(tmp_path: Path) -> None:
    lines: list[str] = []
    command = ("sh", "-c", "echo one; echo two >&2")
    printed = run(command, environment=PATH, folder=tmp_path, progress=lines.append)
    assert printed == "one\ntwo\n"
    assert lines == ["one", "two"]


def test_a_command_that_fails_raises_with_all_that_it_printed(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"status 3:\nout\nwhy\n"):
        shell("echo out; echo why >&2; exit 3", tmp_path)


def test_a_command_sees_the_environment_that_it_is_given_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "the-users-own")
    assert shell("echo ${AWS_PROFILE-none} $GIVEN", tmp_path, GIVEN="yes") == "none yes\n"


@pytest.mark.skipif(sys.platform != "linux", reason="pidfd_open is Linux's")
def test_an_interruption_ends_the_command_and_what_it_started(tmp_path: Path) -> None:
    processes: list[int] = []

    def interrupt(line: str) -> None:
        processes.extend(os.pidfd_open(int(pid)) for pid in line.split())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(("sh", "-c", "sleep 1000 & echo $$ $!; wait"), environment=PATH, folder=tmp_path, progress=interrupt)
    for process in processes:
        assert select.select([process], [], [], 5)[0] == [process]  # readable once it has ended
        os.close(process)
    assert len(processes) == 2

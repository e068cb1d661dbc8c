"""For every test process, however it was started."""

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.sandbox.assemblies import Assemblies

# A job in the background of a shell without job control ignores Ctrl-C, and so would all that the tests start to see
# what Ctrl-C does to it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# jsii starts the Node that it finds first: the project's own, which stands beside this Python.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))


@pytest.fixture(scope="session")
def assemblies(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> "Assemblies":
    """Those of this run of the tests, for all its processes."""
    from tests.sandbox.assemblies import Assemblies  # moto comes with it, which most single files do without

    folder = tmp_path_factory.getbasetemp()
    return Assemblies(folder if worker_id == "master" else folder.parent)

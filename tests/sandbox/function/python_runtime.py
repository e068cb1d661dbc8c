"""The Python that Lambda has before the bundle comes: a bare interpreter, boto3, and AWS's runtime client.

A virtual environment of its own with nothing installed, and beside it a directory of links that stands for Lambda's
/var/runtime. Nothing else of the machine's Python can be imported, so a package that is missing from the bundle is
missing here too. What Lambda's Python carries: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

import tempfile
import venv
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

_IN_LAMBDA: Final = (
    "awslambdaric",
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot-restore-py",
    "urllib3",
)
_FOR_THE_CLOCK: Final = ("time-machine",)
"""Not in Lambda: what `time_travel/sitecustomize.py` sets the process's clock with."""


@dataclass(frozen=True, slots=True)
class PythonRuntime:
    """Where the interpreter and the runtime's packages are."""

    home: "tempfile.TemporaryDirectory[str]"

    @property
    def interpreter(self) -> Path:
        """A Python with nothing but its standard library."""
        return Path(self.home.name) / "lang" / "bin" / "python"

    @property
    def packages(self) -> Path:
        """What stands for /var/runtime."""
        return Path(self.home.name) / "runtime"

    @property
    def compiled(self) -> Path:
        """Where Python keeps compiled modules, so that only the first of many cold starts has to compile."""
        return Path(self.home.name) / "compiled"


@cache
def python_runtime() -> PythonRuntime:
    """Lay the runtime out once, in a temporary directory that goes when this process ends."""
    runtime = PythonRuntime(tempfile.TemporaryDirectory(prefix="lambda-runtime-"))
    venv.EnvBuilder(symlinks=True).create(Path(runtime.home.name) / "lang")
    runtime.packages.mkdir()
    (runtime.packages / "sitecustomize.py").symlink_to(Path(__file__).parent / "time_travel" / "sitecustomize.py")
    for name in (*_IN_LAMBDA, *_FOR_THE_CLOCK):
        installed = distribution(name)
        for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            (runtime.packages / top).symlink_to(Path(str(installed.locate_file(top))))
    return runtime

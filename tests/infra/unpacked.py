"""A bundle as it lies in Lambda: its files, and Python that sees nothing else."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Final

IN_LAMBDA: Final = ("boto3", "botocore", "s3transfer", "dateutil", "six", "urllib3", "jmespath")
"""What Lambda's Python runtime brings, and a bundle may therefore leave out."""


def files(folder: Path) -> dict[str, bytes]:
    """The content of every file, by its path in the folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def link_runtime(folder: Path) -> Path:
    """Fill a folder with what Lambda brings and nothing else, and return it."""
    for name in IN_LAMBDA:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def bare_python(bundle: Path, runtime: Path, code: str) -> str:
    """Run code in an interpreter that sees the standard library, the bundle, and what Lambda brings."""
    prefix = f"import sys; sys.dont_write_bytecode = True; sys.path[:0] = [{str(bundle)!r}, {str(runtime)!r}]\n"
    command = [sys.executable, "-I", "-S", "-c", prefix + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=runtime)
    assert done.returncode == 0, done.stderr
    return done.stdout

"""How long a cold process takes to import the handler, beside the libraries that any such function needs.

Both run in a bare interpreter that has the bundle and boto3, as Lambda has, and no compiled bytecode.
"""

import json
import subprocess
from pathlib import Path
from typing import Final

from tests.sandbox.function.python_runtime import python_runtime

CONTENDERS: Final = {
    "handler": "import collector.handler",
    "libraries": (
        "import boto3, urllib3; from aws_lambda_powertools import Logger; "
        "from aws_lambda_powertools.metrics import EphemeralMetrics; "
        "from aws_lambda_powertools.utilities.parameters import SecretsProvider"
    ),
}

_TIMED = "import json, time; t = time.perf_counter()\n{}\nprint(json.dumps(time.perf_counter() - t))"


def import_seconds(who: str, bundle: Path) -> float:
    """Import once in a new process, and say how long it took."""
    done = subprocess.run(
        [str(python_runtime().interpreter), "-S", "-c", _TIMED.format(CONTENDERS[who])],
        env={"PYTHONPATH": f"{bundle}:{python_runtime().packages}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds: float = json.loads(done.stdout)
    return seconds

"""`python -m tests.demo.query …`: asks the lake that the last `make demo` left, with the command that asks Athena.

The arguments are those of `python -m commands.query`; without --from and --to all days of the lake are meant.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.demo import PROJECT

LAKE: Final = PROJECT / "build" / "demo" / "lake"


def main(arguments: Sequence[str], folder: Path = LAKE) -> int:
    """Run the command against the kept lake; its exit status, or 1 when there is no lake."""
    if not folder.is_dir():
        print(f"There is no lake in {folder}: run `make demo` first.", file=sys.stderr)
        return 1
    from tests.sandbox.athena import kept_lake
    from tests.sandbox.aws import AwsDouble

    with AwsDouble() as aws:
        kept_lake.load(folder, aws)
        days = kept_lake.days_of(folder)
        command = (sys.executable, "-m", "commands.query", *arguments, *_days(arguments, days))
        # Ctrl-C is for the command, which stops its query here before it ends.
        signal.signal(signal.SIGINT, lambda _number, _frame: None)
        return subprocess.run(
            command, cwd=PROJECT, env=_environment(aws.endpoint_url, aws.region), check=False
        ).returncode


def _days(arguments: Sequence[str], days: Sequence[str]) -> Sequence[str]:
    """The demo's days, where nobody has chosen others: the last seven may not be the demo's."""
    names = {argument.partition("=")[0] for argument in arguments}
    if "--name" not in names or names & {"--from", "--to"} or not days:
        return ()
    return ("--from", days[0], "--to", days[-1])


def _environment(endpoint_url: str, region: str) -> dict[str, str]:
    """The machine's own, with the sandbox as the only AWS in reach."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "PYTHONPATH": str(PROJECT / "lambda"),
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_ACCESS_KEY_ID": "AKIAQUERY00000000000",
        "AWS_SECRET_ACCESS_KEY": "-",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

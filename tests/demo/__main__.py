"""`python -m tests.demo [folder]`: runs the demo, and keeps what came of it in the folder (default: build/demo)."""

import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

from tests.demo import PROJECT
from tests.demo.screen import Screen
from tests.sandbox.command import CommandError

HEADLINE: Final = """\
[bold]Spectrum Meter[/], on this machine only: no AWS, no Cloudflare, nothing to pay.
The stack is deployed with the real CDK CLI, into AWS as moto plays it. The deployed zip then collects three simulated \
hours, minute by minute, from a simulated Cloudflare, while nearly everything goes wrong once. At the end you see what \
CloudWatch and S3 hold. About a minute; Ctrl-C ends it and leaves nothing running."""


def main() -> int:
    """Run the demo. The exit status is 1 when something that it claims does not hold, 130 when it was interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "build" / "demo"
    screen = Screen()
    started = time.monotonic()
    try:
        screen.console.print(HEADLINE)
        # It takes a second to load moto: a person should not wait for the first line.
        from tests.demo.performance import perform

        holds = perform(datetime.now(UTC), folder.resolve(), screen)
    except KeyboardInterrupt:
        screen.console.print("\nInterrupted. The sandbox is gone, and nothing is left running.")
        return 130
    except CommandError as error:
        screen.console.print(str(error), markup=False)
        return 1
    screen.console.print(f"{time.monotonic() - started:.0f} s in all.")
    return 0 if holds else 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Leave, and let nothing interrupt the leaving: it ends every process that was started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


sys.exit(main())

"""`make soak`: runs seeds, tells how far it is, and what a person should know in the end."""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from tests.sandbox.deploy import synthesise
from tests.sandbox.kept import instant
from tests.soak.report import failures, line_of, summary
from tests.soak.seed import Result
from tests.soak.side_by_side import Wanted, side_by_side
from tests.soak.stack import SPECTRUM


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds and tell; 0 when nothing was found."""
    options = _options(arguments)
    # As Ctrl-C does: the processes at its side end with it, and what is done is told.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seeds = list(range(options.first_seed, options.first_seed + options.seeds))
    if options.seed is not None:
        seeds = [options.seed]
    began = time.monotonic()
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        print(f"Synthesising the stack, then deploying it for {len(seeds)} seeds ...", flush=True)
        assembly = synthesise(Path(folder), spectrum=SPECTRUM)
        wanted = Wanted(options.days, options.minutes, options.first, options.last)
        with suppress(KeyboardInterrupt), closing(side_by_side(wanted, seeds, assembly, options.jobs)) as words:
            for word in words:
                if isinstance(word, Result):
                    results.append(word)
                    print(f"[{len(results)}/{len(seeds)}] {line_of(word)}", flush=True)
                    for line in failures([word], days=options.days, minutes=options.minutes):
                        print(line, flush=True)
                else:
                    print(word, flush=True)
    results.sort(key=lambda result: result.seed)
    seconds = time.monotonic() - began
    print(*summary(results, days=options.days, minutes=options.minutes, seconds=seconds), sep="\n")
    print(*failures(results, days=options.days, minutes=options.minutes), sep="\n")
    unfinished = sorted(set(seeds) - {result.seed for result in results})
    if unfinished:
        print(f"Not finished, as the soak was ended or a process of its own was: seeds {unfinished}", file=sys.stderr)
    return int(bool(unfinished) or any(result.findings for result in results))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--seeds", type=int, default=4, help="how many; default: 4")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=1, help="simulated days of each seed; default: 1")
    parser.add_argument("--minutes", type=int, default=60, help="of each day's 1,440 that are run; default: 60")
    parser.add_argument("--from", dest="first", type=instant, help="run only these minutes of the plan")
    parser.add_argument("--to", dest="last", type=instant)
    parser.add_argument("--jobs", type=int, default=2, help="processes; default: 2")
    options = parser.parse_args(arguments)
    if (options.first is None) != (options.last is None):
        parser.error("--from and --to go together")
    return options


if __name__ == "__main__":
    sys.exit(main())

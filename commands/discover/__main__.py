"""`make discover`: lists the zones with Spectrum applications that a token can see, as cdk.json wants them.

The token needs Zone Read and Zone Settings Read. It is never an argument: it is looked for in
CLOUDFLARE_API_TOKEN_<SOURCE>, CLOUDFLARE_API_TOKEN, --token-file, and Secrets Manager, in this order.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from collector.cloudflare.transport import Transport
from commands.applications import Names
from commands.arguments import Parser, seconds
from commands.cloudflare import checked_base_url
from commands.configuration import CDK_JSON
from commands.credential import Search
from commands.deployment import CommandFailed
from commands.discover.composition import Composition, compose, usable_target
from commands.discover.file import CdkJson
from commands.discover.finding import Finding, FoundZone, NoAnswer
from commands.discover.output import notes, show_zones
from commands.saying import say
from commands.terminal import while_it_is_read
from infra.configuration import ConfigurationError, parse, refuse_tokens
from infra.rate_budget import DEFAULT_REQUESTS_PER_MINUTE

_LEAST_PACE: Final = 6


class Status(IntEnum):
    """The exit status."""

    FOUND = 0
    """Every visible zone was asked, and one has applications."""
    INCOMPLETE = 1
    """A zone could not be asked, or none has applications."""
    NOT_USABLE = 2
    """Credential, options or cdk.json cannot be used; nothing was written."""
    NO_ANSWER = 3
    """Cloudflare gave no answer: try again."""
    INTERRUPTED = 130
    """Ctrl-C."""


def main(arguments: Sequence[str] | None = None, *, environment: Mapping[str, str] = os.environ) -> int:
    """Find, print or write, and return the exit status: see `Status`."""
    options = _options(arguments)
    try:
        return _discover(options, environment)
    except NoAnswer as failed:
        _tell(str(failed))
        return Status.NO_ANSWER
    except (CommandFailed, ConfigurationError) as failed:
        _tell(str(failed))
        return Status.NOT_USABLE
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return Status.INTERRUPTED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m commands.discover", description=__doc__)
    parser.add_argument(
        "--config", type=Path, default=CDK_JSON, metavar="FILE", help="default: the checkout's cdk.json"
    )
    parser.add_argument("--source", metavar="NAME", help="the source that gets the zones; default: the first")
    parser.add_argument("--token-file", metavar="FILE", help="holds the credential; - reads standard input")
    parser.add_argument("--write", action="store_true", help="write them into cdk.json, and show what changes")
    parser.add_argument("--merge", action="store_true", help="with --write: add to the zones that stand there")
    parser.add_argument(
        "--requests-per-minute",
        type=_pace,
        default=DEFAULT_REQUESTS_PER_MINUTE,
        metavar="N",
        help="default: %(default)s",
    )
    parser.add_argument(
        "--timeout", type=seconds, metavar="S", help="for all of it; default: as long as it should take"
    )
    return parser.read(arguments)


def _pace(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text[:6]) >= _LEAST_PACE:
        return int(text[:6])
    raise argparse.ArgumentTypeError(f"must be a whole number from {_LEAST_PACE}")


def _discover(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    file = CdkJson.read(options.config)
    refuse_tokens(file.spectrum)
    target = usable_target(file.sources, options.source)
    if options.write and target.get("zones") and not options.merge:
        raise CommandFailed(
            f"Source {target['name']} has zones already: `--write --merge` adds those that no source has, and changes "
            "nothing that is there."
        )
    wanted = (target["name"], target["secret"])
    found = Search(environment, options.token_file).of([wanted])[target["name"]]
    transport = Transport(checked_base_url(environment))
    _tell(f"Asking Cloudflare, with the credential from {found.origin} …")
    zones = Finding(transport, found, options.requests_per_minute, options.timeout, _tell).zones()
    show_zones(zones)
    composition = compose(file.sources, target, [each.zone for each in zones if each.has_applications])
    for note in notes(composition):
        _tell(note)
    if not any(each.has_applications for each in zones):
        _tell("There is nothing to put into cdk.json.")
    elif options.write:
        _write(file, composition)
    elif composition.added:
        _print({"sources": composition.sources})
        _tell('This belongs into cdk.json, in place of "sources"; `--write` puts it there. Then: make preflight.')
    else:
        _tell("cdk.json has all of them already.")
    return _status(zones)


def _tell(text: object) -> None:
    """To people; standard output holds nothing but the fragment."""
    say(text, sys.stderr)


def _print(fragment: Mapping[str, Any]) -> None:
    with while_it_is_read():
        print(json.dumps(fragment, indent=2), flush=True)


def _write(file: CdkJson, composition: Composition) -> None:
    if not composition.added:
        _tell(f"{file.path.name} has all of them already: nothing was written.")
        return
    after = {**file.spectrum, "sources": composition.sources}
    if fresh := [problem for problem in _problems(after) if problem not in _problems(file.spectrum)]:
        raise CommandFailed("\n".join(["Nothing was written, as synth would not take it:", *map(str, fresh)]))
    text = file.with_sources(composition.sources)
    for line in file.diff(text):
        _tell(line)
    file.write(text)
    _tell(f"{composition.added:,} zones were written into {file.path.name}. Then: make preflight.")


def _problems(spectrum: Mapping[str, Any]) -> list[str]:
    try:
        parse(spectrum)
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]
    return []


def _status(zones: Sequence[FoundZone]) -> Status:
    if any(each.applications.names is Names.FORBIDDEN for each in zones):
        return Status.INCOMPLETE
    if any(each.not_known for each in zones):
        return Status.NO_ANSWER
    return Status.FOUND if any(each.has_applications for each in zones) else Status.INCOMPLETE


if __name__ == "__main__":
    sys.exit(main())

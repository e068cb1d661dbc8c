"""`make discover`: which zones a token can see that have Spectrum applications, and puts them into cdk.json."""

import argparse
import contextlib
import difflib
import json
import math
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from rich.console import Console
from rich.text import Text

from cloudflare_api.apps import ListingFailed, ListingRefused, ListingStopped
from cloudflare_api.client import Transport
from cloudflare_api.rate_limit import STARTS_PER_S, Pacer, RequestBudget
from commands._aws import CommandFailed
from commands._cloudflare import Applications, AppLister, Directory, Names, SeenZone, checked_base_url
from commands._config import CDK_JSON
from commands._credentials import CredentialResolver, ResolvedCredential
from commands._terminal import (
    WIDE,
    Parser,
    Row,
    escape_control_chars,
    print_safe,
    print_zones,
    seconds,
    while_it_is_read,
)
from contract.labels import label_of
from infra.configuration import CONTEXT_KEY, ConfigurationError, Problem, Source, parse, refuse_tokens
from infra.configuration.source import parse_source
from infra.configuration.zone import parse_zone
from infra.rate_budget import DEFAULT_REQUESTS_PER_MINUTE, Demand, by_owner, overdrafts, run_requests, split

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class CdkJson:
    """A cdk.json as it stands."""

    path: Path
    text: str
    document: Json

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file. Raises CommandFailed when it is none, or could not be written again without a loss."""
        try:
            text = path.read_bytes().decode("utf-8")
            document = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
        except (OSError, ValueError, RecursionError) as error:
            raise CommandFailed(f"{path} cannot be read: {type(error).__name__}: {error}") from error
        if not isinstance(document, dict) or not isinstance(document.get("context", {}), dict):
            raise CommandFailed(f"{path} is not a cdk.json: it must be an object, and so must its context.")
        spectrum = document.get("context", {}).get(CONTEXT_KEY, {})
        sources = spectrum.get("sources", []) if isinstance(spectrum, dict) else None
        if not isinstance(sources, list) or not all(_is_source(source) for source in sources):
            raise CommandFailed(
                f"{path}: {CONTEXT_KEY} must be an object, its sources a list of objects, and the zones of each a list."
            )
        return cls(path, text, document)

    @property
    def spectrum(self) -> Json:
        """What stands under the context key."""
        return dict(self.document.get("context", {}).get(CONTEXT_KEY, {}))

    @property
    def sources(self) -> list[Json]:
        """The sources as they stand."""
        return list(self.spectrum.get("sources", []))

    def with_sources(self, sources: Sequence[Json]) -> str:
        """The file's text with other sources, everything else as it was, in its order; indented by two."""
        context = {**self.document.get("context", {}), CONTEXT_KEY: {**self.spectrum, "sources": list(sources)}}
        return self._encoded({**self.document, "context": context})

    def diff(self, text: str) -> Iterator[str]:
        """What becomes of the lines."""
        name = self.path.name
        lines = (self.text.splitlines(), text.splitlines())
        yield from difflib.unified_diff(*lines, name, f"{name}, as it will be", lineterm="")

    def write(self, text: str) -> None:
        """Put the text in place of the file in one step. Raises CommandFailed when the file has changed meanwhile."""
        target = self.path.resolve()  # Through a symbolic link: the link stays one.
        data = text.encode("utf-8")
        try:
            if target.read_bytes() != self.text.encode("utf-8"):
                raise CommandFailed(f"{self.path} has changed since it was read: nothing was written, try again.")
            _replace(target, data)
        except OSError as error:
            raise CommandFailed(f"{self.path} could not be written ({error.strerror}): it is as it was.") from error

    def _encoded(self, document: Json) -> str:
        try:
            text = json.dumps(document, indent=2, ensure_ascii=self.text.isascii(), allow_nan=False)
            text.encode("utf-8")
        except UnicodeEncodeError:  # Half a surrogate pair, which JSON can name and UTF-8 cannot hold.
            text = json.dumps(document, indent=2, allow_nan=False)
        except ValueError as error:
            raise CommandFailed(f"{self.path} holds a number that is too large to be written again.") from error
        text += "\n" if self.text.endswith("\n") else ""
        return text.replace("\n", "\r\n") if "\r\n" in self.text else text


def _is_source(value: object) -> bool:
    return isinstance(value, dict) and isinstance(value.get("zones", []), list)


def _replace(target: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with open(descriptor, "wb") as temporary:  # noqa: PTH123
            temporary.write(data)
            temporary.flush()
            os.fsync(temporary.fileno())
        Path(name).chmod(target.stat().st_mode & 0o7777)
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _once(pairs: list[tuple[str, Any]]) -> Json:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key stands in an object twice")
    return document


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


LISTING_S: Final = 60.0
"""For the list of zones, and the least for everything behind it."""
_MOST_REQUESTS: Final = 100_000


class NoAnswer(CommandFailed):
    """Cloudflare did not say which zones there are. It may say so another time."""


@dataclass(frozen=True, slots=True)
class FoundZone:
    """A zone that the credential can see, and what came of asking for its applications."""

    zone: SeenZone
    applications: Applications

    @property
    def has_applications(self) -> bool:
        """It is worth to be polled."""
        return bool(self.applications.ids)

    @property
    def not_known(self) -> bool:
        """Cloudflare did not say whether it has any."""
        return self.applications.names is not Names.READABLE


@dataclass(frozen=True, slots=True)
class Finding:
    """Asks with one credential, so many requests a minute at most."""

    transport: Transport
    found: ResolvedCredential
    requests_per_minute: int
    timeout_s: float | None
    """None: as long as the requests take at this pace, and as long again."""
    told: Callable[[str], None]

    def zones(self) -> list[FoundZone]:
        """Every visible zone with its applications.

        Raises NoAnswer or CommandFailed when the list itself cannot be had: of zones that nobody knows of, none could
        be said to be missing.
        """
        began = time.monotonic()
        seen = self._seen(began + (self.timeout_s or LISTING_S))
        paced_s = 60 * len(seen) / self.requests_per_minute
        burst = len(seen) <= self.requests_per_minute
        if not burst:
            pace = f"{self.requests_per_minute:,} requests a minute"
            self.told(f"{len(seen):,} zones to ask, at {pace}: about {math.ceil(paced_s / 60):,} minutes.")
        pacer = Pacer(STARTS_PER_S if burst else self.requests_per_minute / 60)
        until = began + (self.timeout_s or LISTING_S + 2 * paced_s)
        applications = AppLister(self._directory(pacer, until)).of(zone.id for zone in seen)
        return [FoundZone(zone, self._scrubbed(applications[zone.id])) for zone in seen]

    def _seen(self, until: float) -> Sequence[SeenZone]:
        try:
            zones = self._directory(Pacer(), until).zones()
        except ListingRefused as refused:
            raise CommandFailed(
                f"Cloudflare does not list the zones of this credential ({self.found.scrub(str(refused))}): "
                "it must be valid, and have Zone Read. Without that permission, take the ids from the dashboard."
            ) from refused
        except ListingFailed as failed:
            raise NoAnswer(f"Which zones there are could not be had: {self.found.scrub(str(failed))}.") from failed
        except ListingStopped as stopped:
            raise NoAnswer(
                "Cloudflare's rate limit for this user is used up, or it has stopped listening after refusals: "
                "wait five minutes, or an hour."
            ) from stopped
        return [SeenZone(zone.id, self.found.scrub(zone.name)) for zone in zones]

    def _directory(self, pacer: Pacer, until: float) -> Directory:
        return Directory(self.transport, self.found.credential, RequestBudget(_MOST_REQUESTS), pacer, until)

    def _scrubbed(self, applications: Applications) -> Applications:
        return replace(applications, message=self.found.scrub(applications.message))


FIRST: Final = "main"
_LONGEST_NAME: Final = 32


@dataclass(frozen=True, slots=True)
class Composition:
    """What `sources` becomes."""

    sources: list[Json]
    added: int
    """Zones that were not configured."""
    notes: list[str] = field(default_factory=list)
    """What a person should know of it."""
    arithmetic: str = ""
    """Why one source is not enough; empty when it is."""
    new_secrets: list[str] = field(default_factory=list)


def usable_target(sources: Sequence[Json], name: str | None) -> Json:
    """The source that gets the zones: the one of this name, else the first; a new one where there is none.

    Raises ConfigurationError when anything but its zones is wrong.
    """
    target = _target(sources, name)
    index = next((index for index, source in enumerate(sources) if source is target), len(sources))
    problems: list[Problem] = []
    _parsed(target, f"sources[{index}]", problems)
    if wrong := [problem for problem in problems if ".zones" not in problem.path]:
        raise ConfigurationError(wrong)
    return target


def _target(sources: Sequence[Json], name: str | None) -> Json:
    if name is None and sources:
        return sources[0]
    name = name or FIRST
    new = {"name": name, "secret": f"cloudflare-spectrum/{name}"}
    return next((source for source in sources if source.get("name") == name), new)


def compose(sources: Sequence[Json], target: Json, zones: Sequence[SeenZone]) -> Composition:
    """Add the zones that no source has to `target`, and what is beyond its owner's budget to its further sources.

    Raises ConfigurationError when what is there cannot be read.
    """
    stands = list(sources) if any(source is target for source in sources) else [*sources, target]
    configured = _configured(stands)
    there = {zone.id for source in configured for zone in source.zones}
    new = [zone for zone in zones if zone.id not in there]
    entries, notes = _entries(new, [zone.name for source in configured for zone in source.zones if zone.name])
    own = next(each for source, each in zip(stands, configured, strict=True) if source is target)
    given, rest = _given(configured, own, target, [zone.id for zone in new])
    replaced = [
        source | {"zones": [*source.get("zones", []), *(entries[zone_id] for zone_id in ids)]} if ids else dict(source)
        for source, ids in zip(stands, given, strict=True)
    ]
    # Secrets and owners, too: a secret that is used already holds the token of a user whose budget is shared out.
    taken = {str(source.get(key)) for source in replaced for key in ("name", "secret", "owner")}
    further = [_further(target, taken, [entries[zone_id] for zone_id in part]) for part in _parts(rest, own)]
    return Composition(
        sources=[*replaced, *further],
        added=len(new),
        notes=notes,
        arithmetic=_arithmetic(new, configured, own) if further else "",
        new_secrets=[source["secret"] for source in further],
    )


def _configured(sources: Sequence[Json]) -> list[Source]:
    problems: list[Problem] = []
    return [_parsed(source, f"sources[{index}]", problems) for index, source in enumerate(sources)]


def _parsed(value: Json, path: str, problems: list[Problem]) -> Source:
    """A source as it stands, wrong entries or not: whatever is wrong was so before, and synth will say it."""
    source = parse_source(value, path, problems)
    if source is None:
        raise ConfigurationError(problems)
    return source


def _entries(zones: Sequence[SeenZone], configured: Iterable[str]) -> tuple[Mapping[str, Json | str], list[str]]:
    """Each zone as it will stand in cdk.json: with its name, if that can stand there and is no other zone's."""
    entries: dict[str, Json | str] = {}
    notes: list[str] = []
    counts = Counter([*map(label_of, configured), *(label_of(zone.name) for zone in zones)])
    for zone in zones:
        problems: list[Problem] = []
        entry: Json | str = {"id": zone.id, "name": zone.name}
        parse_zone(entry, "zone", problems)
        if any(problem.path.endswith(".name") for problem in problems):
            notes.append(f"{zone.name!r} cannot be a name in cdk.json: zone {zone.id} is written without a name.")
            entry = zone.id
        elif counts[label_of(zone.name)] > 1:
            notes.append(
                f"{zone.name} is the name of several zones: zone {zone.id} is written without a name. In CloudWatch "
                "the beginning of its id stands behind the name; give it a name of its own in cdk.json, zones[].name."
            )
            entry = zone.id
        entries[zone.id] = entry
    return entries, notes


def _room(own: Source, demands: Sequence[Demand]) -> int:
    """Zones that a source may get: its owner's other sources poll as well, and each needs a request for a retry."""
    sharing = by_owner(demands)[own.owner]
    budget = own.requests_per_minute
    return max(0, min(budget, run_requests(budget) - len(sharing)) - sum(demand.total for demand in sharing))


def _given(
    configured: Sequence[Source], own: Source, target: Json, zone_ids: Sequence[str]
) -> tuple[list[Sequence[str]], Sequence[str]]:
    """What each source gets, the target first and then its further ones; and the zones that find no room."""
    demands = [source.demand for source in configured]
    given: list[Sequence[str]] = [()] * len(configured)
    by_owner_given: Counter[str] = Counter()
    for index, source in sorted(enumerate(configured), key=lambda each: each[1] is not own):
        if source is own or _is_further(source, target):
            room = max(0, _room(source, demands) - by_owner_given[source.owner])
            given[index], zone_ids = zone_ids[:room], zone_ids[room:]
            by_owner_given[source.owner] += len(given[index])
    return given, zone_ids


def _parts(zone_ids: Sequence[str], own: Source) -> list[Sequence[str]]:
    """The zones of each new source, whose owner has a budget of its own."""
    budget = min(own.requests_per_minute, DEFAULT_REQUESTS_PER_MINUTE)
    rest = Demand("rest", "rest", dict.fromkeys(zone_ids, 1), budget)
    return [part.zones for part in split([rest], budget)]


def _is_further(source: Source, target: Json) -> bool:
    """An earlier composition made it for zones beyond the target's budget."""
    number = source.name.rpartition("-")[2]
    return number.isdecimal() and _numbered(target, int(number)) == (source.name, source.secret)


def _further(target: Json, taken: set[str], zones: list[Json | str]) -> Json:
    number = 2
    while taken & {*(called := _numbered(target, number))}:
        number += 1
    taken.update(called)
    name, secret = called
    # A larger budget is what Cloudflare has granted to one user, and says nothing of another.
    own = target.get("requests_per_minute", DEFAULT_REQUESTS_PER_MINUTE)
    budget = {"requests_per_minute": own} if own < DEFAULT_REQUESTS_PER_MINUTE else {}
    return {"name": name, "secret": secret, **budget, "zones": zones}


def _numbered(target: Json, number: int) -> tuple[str, str]:
    """Name and secret."""
    return f"{target['name'][: _LONGEST_NAME - 4]}-{number}", f"{target['secret']}-{number}"


def _arithmetic(new: Sequence[SeenZone], configured: Sequence[Source], own: Source) -> str:
    """What synth would say, were all of them in one source."""
    polls = {zone.path: zone.requests for zone in own.zones}
    for zone in new:
        polls[zone.id if zone.name in polls else zone.name] = 1
    together = Demand(own.name, own.owner, polls, own.requests_per_minute)
    others = [source.demand for source in configured if source.name != own.name]
    return "\n".join(message for _, message in overdrafts([*others, together]))


def show_zones(zones: Sequence[FoundZone]) -> None:
    """Print the zones with applications, and those that could not be asked, each with its reason."""
    screen = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else WIDE)
    rows = [_row(each) for each in zones if each.has_applications or each.not_known]
    print_zones(screen, ("zone", "id", "applications"), rows)
    print_safe(_summary(zones), sys.stderr)


def _row(each: FoundZone) -> Row:
    count = "not known" if each.not_known else f"{len(each.applications.ids):,}"
    return Row((Text(escape_control_chars(each.zone.name)), Text(each.zone.id), Text(count)), each.applications.message)


def notes(composition: Composition) -> Iterator[str]:
    """What a person should know of the composition."""
    yield from composition.notes
    if composition.arithmetic:
        yield "One source is not enough:"
        yield from (f"  {line}" for line in composition.arithmetic.splitlines())
        secrets = ", ".join(composition.new_secrets)
        yield f"So there are further sources; each needs a token of another Cloudflare user in its secret: {secrets}."


def _summary(zones: Sequence[FoundZone]) -> str:
    have = sum(each.has_applications for each in zones)
    unknown = sum(each.not_known for each in zones)
    if not zones:
        return "This credential sees no zone: give it Zone Read, and Zone Settings Read, on the zones to be polled."
    return (
        f"{len(zones):,} zones are visible: {have:,} with Spectrum applications, "
        f"{len(zones) - have - unknown:,} without, {unknown:,} of which that is not known."
    )


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
    found = CredentialResolver(environment, options.token_file).of([wanted])[target["name"]]
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
    print_safe(text, sys.stderr)


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

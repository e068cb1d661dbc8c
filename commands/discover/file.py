"""cdk.json: read strictly, changed in one place only, written in one step.

Strictly, as it is written again from what was read: a key that stands twice, or a number that JSON does not know, would
be lost on the way.
"""

import contextlib
import difflib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, Self

from commands.deployment import CommandFailed
from infra.configuration import CONTEXT_KEY

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

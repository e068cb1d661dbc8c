"""Everything the deployment tells the function, read once and checked whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from collector.errors import SettingsInvalid
from collector.sources import Source, knowing_each_other, source_from
from contract import environment
from contract import sources as shape

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """The function's settings."""

    bucket: str
    base_url: str
    """Without a trailing slash."""
    sources: Mapping[str, Source]

    @classmethod
    def from_env(cls, env: Mapping[str, str], sources_file: Path) -> "Settings":
        """Read the environment and the bundle's sources.json. Raises SettingsInvalid with every fault at once."""
        faults: list[str] = []
        bucket = env.get(environment.BUCKET, "")
        if not bucket:
            faults.append(f"{environment.BUCKET} is not set: it must name the bucket for raw/ and catalog/")
        base_url = base_url_of(env)
        faults.extend(base_url_faults(base_url))
        sources = _sources(sources_file, faults)
        if faults:
            raise SettingsInvalid("the function is not set up right; deploy again: " + "; ".join(faults))
        return cls(bucket=bucket, base_url=base_url, sources=sources)


def _sources(file: Path, faults: list[str]) -> Mapping[str, Source]:
    sources: dict[str, Source] = {}
    try:
        declared: list[shape.Source] = json.loads(file.read_text(encoding="utf-8"))["sources"]
        if not declared:
            faults.append(f"{file.name} holds no source")
        for position, each in enumerate(declared):
            try:
                source = source_from(each)
            except (ValueError, KeyError, TypeError) as error:
                faults.append(f"{file.name}, sources[{position}]: {type(error).__name__}: {error}")
            else:
                sources[source.name] = source
        sources = knowing_each_other(sources)
    except (OSError, ValueError, KeyError, TypeError) as error:
        faults.append(f"{file.name} cannot be read: {type(error).__name__}: {error}")
    return sources


def base_url_of(env: Mapping[str, str]) -> str:
    """Where the Cloudflare API answers, by this environment; without a trailing slash."""
    return env.get(environment.BASE_URL, environment.DEFAULT_BASE_URL).rstrip("/")


def base_url_faults(base_url: str) -> list[str]:
    """What is wrong with it: a credential is only ever sent encrypted, or to this machine."""
    try:
        parts = urlsplit(base_url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        return [f"{environment.BASE_URL} is not a URL: {error}"]
    if parts.username or parts.password or parts.query or parts.fragment:
        return [f"{environment.BASE_URL} must hold neither credentials nor a query"]
    if host and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return []
    return [f"{environment.BASE_URL} must be https (http only to this machine), it is {parts.scheme}://{host}"]

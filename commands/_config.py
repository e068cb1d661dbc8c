"""The checkout's cdk.json as the commands read it: what synth checks, and what the collector would get of it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from commands._aws import CommandFailed
from contract.sources import Source, knowing_each_other, source_from
from infra.bundle import sources_file
from infra.configuration import CONTEXT_KEY, Configuration, parse

CDK_JSON: Final = Path(__file__).resolve().parents[1] / "cdk.json"


def configuration_of(file: Path) -> Configuration:
    """The configuration in a cdk.json.

    Raises ConfigurationError with what synth would say, and CommandFailed when the file is none.
    """
    try:
        context = json.loads(file.read_text(encoding="utf-8"))["context"][CONTEXT_KEY]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CommandFailed(f"{file} cannot be read: {type(error).__name__}: {error}") from error
    return parse(context)


def collector_sources(configuration: Configuration) -> Mapping[str, Source]:
    """The sources by name, as the deployed collector would read them."""
    declared = json.loads(sources_file(configuration))["sources"]
    return knowing_each_other({each["name"]: source_from(each) for each in declared})

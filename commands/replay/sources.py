"""The deployed sources, as the checkout has them: what the stack was made from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from collector.sources import Source, source_from
from commands.deployment import CommandFailed
from infra.configuration import CONTEXT_KEY, ConfigurationError, parse
from infra.sources_file import sources_file

CDK_JSON: Final = Path(__file__).resolve().parents[2] / "cdk.json"


def sources_of(configuration: Path) -> Mapping[str, Source]:
    """The sources by name that a stack deployed with this cdk.json polls. Raises CommandFailed when it is not right."""
    try:
        context = json.loads(configuration.read_text(encoding="utf-8"))["context"][CONTEXT_KEY]
        declared = json.loads(sources_file(parse(context)))["sources"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommandFailed(f"{configuration} cannot be read: {type(error).__name__}: {error}") from error
    except ConfigurationError as error:
        raise CommandFailed(f"{configuration} is not what was deployed:\n{error}") from error
    return {each["name"]: source_from(each) for each in declared}

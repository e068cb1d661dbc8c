"""The deployed sources, as the checkout has them: what the stack was made from."""

from collections.abc import Mapping
from pathlib import Path

from collector.sources import Source
from commands.configuration import collector_sources, configuration_of
from commands.deployment import CommandFailed
from infra.configuration import ConfigurationError


def sources_of(configuration: Path) -> Mapping[str, Source]:
    """The sources by name that a stack deployed with this cdk.json polls. Raises CommandFailed when it is not right."""
    try:
        return collector_sources(configuration_of(configuration))
    except ConfigurationError as error:
        raise CommandFailed(f"{configuration} is not what was deployed:\n{error}") from error

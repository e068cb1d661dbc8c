"""What is wrong with the configuration: where, what, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct in cdk.json."""

    path: str
    """Where it stands under the key `spectrum`: `sources[0].zones[3].id`; empty for the whole."""
    message: str
    """What is wrong and what to do. May have several lines."""

    def lies_in(self, paths: Sequence[str]) -> bool:
        """Whether it is a problem with one of these entries, or with a part of one."""
        return any(self.path == path or (path and self.path.startswith((f"{path}.", f"{path}["))) for path in paths)

    def __str__(self) -> str:
        """Write the problem as a block whose first line starts with the path."""
        first, *rest = self.message.splitlines()
        return "\n".join([f"{self.path or 'spectrum'}: {first}", *(f"    {line}" for line in rest)])


class ConfigurationError(Exception):
    """The configuration cannot be used; the message lists every problem at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order in which the configuration was read."""
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """Write the message that `cdk synth` ends with."""
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        blocks = (f"  - {problem}".replace("\n", "\n  ") for problem in self.problems)
        return "\n".join([f'cdk.json, context key "spectrum": {count} to correct, nothing was built.', *blocks])

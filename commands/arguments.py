"""Command lines that never repeat a credential: who types a token among the options meets an error without it."""

import argparse
from collections.abc import Sequence
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """argparse, but its errors name options only, and no option may be shortened: `--token` is not `--token-file`."""

    def __init__(self, **options: str | None) -> None:
        super().__init__(prog=options["prog"], description=options["description"], allow_abbrev=False)

    def read(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """Parse; ends with status 2 when there is something that is no option."""
        options, others = self.parse_known_args(arguments)
        if others:
            named = [word.partition("=")[0] for word in others if word.startswith("--")]
            what = f"there is no option {named[0]}" if named else "there is a word that belongs to no option"
            self.error(f"{what}; a credential is never an argument: see --help")
        return options

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        if "explicit argument" in message:  # … and then the value itself.
            message = f"{message.partition(':')[0]} takes no value"
        self.exit(2, f"{self.prog}: {message}\n")


def seconds(text: str) -> float:
    """A time-out. Raises ArgumentTypeError, as argparse wants."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 86_400:  # noqa: PLR2004
        raise argparse.ArgumentTypeError("must be a number of seconds, above 0 and at most a day")
    return value

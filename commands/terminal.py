"""What a person sees: the terminal, and texts from outside made fit for it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console

WIDE: Final = 10_000


def console() -> Console:
    """The terminal; and as wide as it takes where there is none, for grep and less."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDE)


@contextmanager
def while_it_is_read() -> Iterator[None]:
    """What is printed here may be cut short by its reader, as by `… | head`: that is no error.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def harmless(text: str) -> str:
    """The text with everything that a terminal would obey, or hide, written out: `\\x1b[2J`.

    Names are whatever somebody typed at Cloudflare: escape sequences move the cursor or set the title, and
    right-to-left overrides show one name as another.
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)

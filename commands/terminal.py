"""What a person sees: the terminal, and texts from outside made fit for it."""

from typing import Final

from rich.console import Console

WIDE: Final = 10_000


def console() -> Console:
    """The terminal; and as wide as it takes where there is none, for grep and less."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDE)


def harmless(text: str) -> str:
    """The text with everything that a terminal would obey, or hide, written out: `\\x1b[2J`.

    Names are whatever somebody typed at Cloudflare: escape sequences move the cursor or set the title, and
    right-to-left overrides show one name as another.
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)

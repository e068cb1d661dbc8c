"""What a command shows to a person: a text from outside is shown, and commands nothing.

Names of applications, Cloudflare's messages, keys in the bucket and Athena's words are other people's. An escape
sequence among them could rewrite the screen, the window's title or the clipboard of whoever reads it.
"""

import sys
from typing import TextIO

from contract.text import CONTROL


def plain(text: str) -> str:
    r"""The text with every control character spelled out, as `\x1b` or `\n`."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(what: object, to: TextIO | None = None) -> None:
    """Print something, line by line, at once; to standard output unless told otherwise."""
    print("\n".join(map(plain, str(what).split("\n"))), file=to or sys.stdout, flush=True)

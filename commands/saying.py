"""What a command says in lines, and the texts from outside among them: they are shown, and command nothing.

Cloudflare's messages, keys in the bucket and Athena's words are other people's.
"""

import sys
from typing import TextIO

from commands.terminal import harmless


def say(what: object, to: TextIO | None = None) -> None:
    """Print something, line by line, at once; to standard output unless told otherwise."""
    print("\n".join(map(harmless, str(what).split("\n"))), file=to or sys.stdout, flush=True)

"""Which characters no text from outside may bring to a log or a terminal."""

import re
from typing import Final

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, line ends of every kind, and marks that turn the direction of writing: they command whatever
shows them (ECMA-48; Unicode Technical Report 36, 3.2), and no name of a zone or an application has any."""

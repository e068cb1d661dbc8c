"""`python -m tests.browser.screenshot PAGE PICTURE`: the picture of a page, or of its upper part, for the README."""

import sys
from pathlib import Path
from typing import Final

from tests.browser.chromium import opened

_MOST: Final = 1600
"""Pixels from top to bottom: more is not looked at, in a README."""


def main() -> None:
    """Take it."""
    file, picture = (Path(argument) for argument in sys.argv[1:])
    with opened(file) as page:
        picture.write_bytes(page.picture(_MOST))
    print(f"{picture}: {picture.stat().st_size // 1000} kB")


main()

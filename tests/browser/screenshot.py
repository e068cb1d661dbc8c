"""`python -m tests.browser.screenshot PAGE PICTURE`: the picture of a page, for the README."""

import sys
from pathlib import Path

from tests.browser.chromium import opened


def main() -> None:
    """Take it."""
    file, picture = (Path(argument) for argument in sys.argv[1:])
    with opened(file) as page:
        picture.write_bytes(page.picture())
    print(f"{picture}: {picture.stat().st_size // 1000} kB")


main()

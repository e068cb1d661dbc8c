"""`make size`: files and lines of the product, the tests and the emulator, beside what tests/size.toml allows.

Ends with status 1 when a figure is above its allowance.
"""

import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
ALLOWED: Final = Path(__file__).with_name("size.toml")
PRODUCT: Final = ("lambda", "infra", "commands", "app.py")
EMULATOR: Final = "tests/sandbox"
SUFFIXES: Final = (".py", ".sql", ".json", ".sh", ".js", ".css")


def counted(*parts: str, root: Path = ROOT) -> list[Path]:
    """The files of a folder, or the file itself, that have one of SUFFIXES."""
    files = (file for part in parts for file in [root / part, *(root / part).rglob("*")])
    return [file for file in files if file.suffix in SUFFIXES and file.is_file()]


def lines(files: Iterable[Path]) -> int:
    return sum(len(file.read_bytes().splitlines()) for file in files)


def measured(root: Path = ROOT) -> dict[str, int]:
    """The figures, by their names in size.toml."""
    product, emulator = counted(*PRODUCT, root=root), counted(EMULATOR, root=root)
    return {
        "product_modules": sum(file.suffix == ".py" for file in product),
        "product_lines": lines(product),
        "test_lines": lines(counted("tests", root=root)) - lines(emulator),
        "emulator_lines": lines(emulator),
    }


def main(figures: Mapping[str, int], allowed: Mapping[str, int]) -> None:
    """Print each figure with its allowance. Exits with a message if one is above it, or has none."""
    for name, figure in figures.items():
        print(f"{name:<16} {figure:>7,} of {allowed.get(name, 0):>7,}")
    if above := [name for name, figure in figures.items() if figure > allowed.get(name, 0)]:
        sys.exit(
            f"Above the allowance in tests/size.toml: {', '.join(above)}. Make it smaller, or raise it with a reason."
        )


if __name__ == "__main__":
    main(measured(), tomllib.loads(ALLOWED.read_text(encoding="utf-8"))["allowed"])

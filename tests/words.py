"""`make check`: finds names and phrases that tests/words.toml says are no longer used, and what to write instead."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
WORDS: Final[Mapping[str, Any]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
PRODUCT: Final = ("lambda", "infra", "commands", "app.py")


def names(module: str, text: str) -> Iterator[str]:
    """What a module, by its path in the checkout, gives a name to. A metric or alarm is the text of its `name`."""
    yield from module.removesuffix(".py").split("/")
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.Call(args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.keyword(arg="name", value=ast.Constant(value=str(name))):
                yield name


def left(module: str, text: str, words: Mapping[str, Any] = WORDS) -> list[str]:
    """A message for each word of a module that is no longer used."""
    in_product = module.partition("/")[0] in PRODUCT
    gone: dict[str, str] = words["names"] | (words["product_names"] if in_product else {})
    prose = re.sub(r"[\s\"#]+", " ", text)
    return [
        *(f"{module}: {name} is now {gone[name]}" for name in sorted({*names(module, text)} & gone.keys())),
        *(f"{module}: “{old}” is now “{new}”" for old, new in words["phrases"].items() if old in prose),
    ]


def main(root: Path = ROOT) -> None:
    """Print what is left in the checkout. Exits with a message if anything is."""
    files = [file for part in (*PRODUCT, "tests") for file in (root / part, *(root / part).rglob("*.py"))]
    found = [
        message
        for file in files
        if file.suffix == ".py" and file.name != "test_words.py"
        for message in left(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
    ]
    if found:
        sys.exit("\n".join([*found, "The list is tests/words.toml."]))


if __name__ == "__main__":
    main()

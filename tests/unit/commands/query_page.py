"""What docs/queries.md says of each query, made from the queries' own headers.

`PYTHONPATH=lambda python -m tests.unit.commands.query_page` writes it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from commands.query.header import Header

ROOT: Final = Path(__file__).resolve().parents[3]
PAGE: Final = ROOT / "docs" / "queries.md"
BEGIN, END = "<!-- queries -->\n", "<!-- /queries -->"


def with_queries(page: str) -> str:
    """The page with every query between the markers."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} must hold {BEGIN.strip()} and {END}")
    return before + begin + "\n".join(_lines()) + "\n" + end + after


def _lines() -> Iterator[str]:
    headers = {file.stem: Header.read(file.read_text()) for file in sorted((ROOT / "infra/sql/queries").glob("*.sql"))}
    yield from ("| query | what it answers | days, when none are given |", "| --- | --- | --- |")
    for name, header in headers.items():
        yield f"| [`{name}`](#{name}) | {header.question} | {header.default} |"
    for name, header in headers.items():
        yield from ("", f"### {name}", header.question)
        if header.notes:
            yield from ("", *_markdown(header.notes))
        yield from ("", "| column | unit | meaning |", "| --- | --- | --- |")
        for column in header.columns:
            yield f"| `{column.name}` | {column.unit} | {column.meaning} |"


def _markdown(notes: str) -> Iterator[str]:
    """Lines of a paragraph together, indented ones as a list."""
    paragraph: list[str] = []
    for line in notes.splitlines():
        if line.startswith("  ") and paragraph:
            yield " ".join(paragraph)
            paragraph = []
        if line.startswith("  "):
            yield f"- {line.strip()}"
        else:
            paragraph.append(line)
    if paragraph:
        yield from ("", " ".join(paragraph)) if notes.splitlines()[0] not in paragraph else (" ".join(paragraph),)


if __name__ == "__main__":
    PAGE.write_text(with_queries(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""What docs/queries.md says of each query, made from the queries' own headers: `python -m tests.tables` writes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from commands.query import Header
from tests.markdown import table

_FILES: Final = Path(__file__).resolve().parents[3] / "infra" / "sql" / "queries"


def queries() -> str:
    """A table of all queries, and a section for each."""
    headers = {file.stem: Header.read(file.read_text(encoding="utf-8")) for file in sorted(_FILES.glob("*.sql"))}
    rows = [(f"[`{name}`](#{name})", header.question, header.default) for name, header in headers.items()]
    parts = [table(("query", "what it answers", "days, when none are given"), rows)]
    for name, header in headers.items():
        notes = "".join(f"{line}\n" for line in ("", *_markdown(header.notes))) if header.notes else ""
        columns = [(f"`{column.name}`", column.unit, column.meaning) for column in header.columns]
        parts.append(f"\n### {name}\n{header.question}\n{notes}\n" + table(("column", "unit", "meaning"), columns))
    return "".join(parts)


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

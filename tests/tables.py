"""The tables in docs/data.md, made from the declared data: `python -m tests.tables` writes them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from contract.lake import PARTITION, USAGE
from contract.metrics import METRICS
from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS, Column

DATA_PAGE: Final = Path(__file__).parent.parent / "docs" / "data.md"


def with_tables(page: str) -> str:
    """The page with every declared table in its place, between `<!-- name -->` and `<!-- /name -->`."""
    for name, table in {
        "polls": _columns(POLL_COLUMNS),
        "applications": _columns(APPLICATION_COLUMNS),
        "usage": _columns((*USAGE.columns, PARTITION)),
        "metrics": _metrics(),
    }.items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not begin or not end:
            raise ValueError(f"docs/data.md must hold the markers of table {name}")
        page = before + begin + table + end + after
    return page


def _columns(columns: Iterable[Column]) -> str:
    rows = [(f"`{column.name}`", _short(column.type), column.meaning) for column in columns]
    return _table(("column", "type", "meaning"), rows)


def _short(type_name: str) -> str:
    return "array of struct" if type_name.startswith("array<") else type_name


def _metrics() -> str:
    rows = [
        (
            f"`{metric.namespace}`",
            f"`{metric.name}`",
            metric.unit,
            " ".join("{" + ", ".join(dimensions) + "}" for dimensions in metric.dimensions),
            metric.meaning + (" (only when there is something to say)" if metric.sparse else ""),
        )
        for metric in METRICS
    ]
    return _table(("namespace", "metric", "unit", "dimensions", "meaning"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    DATA_PAGE.write_text(with_tables(DATA_PAGE.read_text(encoding="utf-8")), encoding="utf-8")

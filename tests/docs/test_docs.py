"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from contract import raw
from infra.configuration import alarms, source, whole, zone
from tests.tables import tables, with_tables

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))


@pytest.mark.parametrize(("name", "declared"), tables().items(), ids=list(tables()))
def test_the_tables_are_the_declared_ones(name: str, declared: dict[str, str]) -> None:
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert with_tables(page, declared) == page, "run: PYTHONPATH=lambda .venv/bin/python -m tests.tables"


def test_every_reason_is_explained() -> None:
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    assert [reason for reason in raw.Reason if f"`{reason}`" not in page] == []


def test_the_readme_explains_every_configuration_key() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    keys = {*whole._KEYS, *source._KEYS, *zone._KEYS, *alarms._KEYS, *alarms._TRAFFIC_KEYS} - {
        "sources",
        "id",
        "alarms",
    }
    assert [key for key in sorted(keys) if not re.search(rf"^\| `[a-z.\[\]]*{key}(\[\])?` \|", readme, re.M)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(linked), f"{page.name} links to {target}"


def test_every_page_that_a_message_names_is_there() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "lambda").rglob("*.py")]
    named = {match for text in sources for match in re.findall(r"docs/(\w+\.md)#([\w-]+)", text)}
    assert named
    assert [link for link in named if link[1] not in _anchors(ROOT / "docs" / link[0])] == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

"""The documents say what the code does."""

import json
import re
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from cloudflare_api import client
from contract import raw
from contract.lake import DATABASE, WORKGROUP
from infra.configuration import alarms, source, whole, zone
from tests.tables import tables, with_tables

ROOT = Path(__file__).resolve().parents[2]
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / ".github").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
FOLDERS = ("lambda", "infra", "commands", "tests", "docs", ".github", ".ci")
SUFFIXES = (".py", ".sql", ".md", ".json", ".toml", ".txt", ".yml")


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in _anchors(linked), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_named_in_code_style_exists(page: Path) -> None:
    named = set(re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8")))
    paths = {name for name in named if name.endswith(SUFFIXES) or ("/" in name and name.split("/")[0] in FOLDERS)}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_has_its_four_sections_and_is_in_the_index(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.M) == ["Context", "Decision", "Consequences", "Rejected"]
    number, title = re.findall(r"\A# (\d+)\. (.+)$", text, re.M)[0]
    assert page.name.startswith(f"{int(number):03}-")
    assert f"- [{number}. {title}]({page.name})\n" in (page.parent / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_every_package_of_the_functions_and_the_stack() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    tree = readme.partition("## The tree\n")[2]
    shown = set(re.findall(r"^ {2}(\w+)/ ", tree, re.M))
    folders = {path.name for part in ("lambda", "infra") for path in (ROOT / part).iterdir() if path.is_dir()}
    assert shown == {name for name in folders if not name.startswith(("_", "."))}


def test_every_page_that_a_message_names_is_there() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "lambda").rglob("*.py")]
    named = {match for text in sources for match in re.findall(r"docs/([\w/-]+\.md)#([\w-]+)", text)}
    assert named
    assert [link for link in named if link[1] not in _anchors(ROOT / "docs" / link[0])] == []


def test_the_version_of_the_project_is_the_changelogs_newest_and_the_user_agents() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert (headings[0], client._USER_AGENT) == (version, f"spectrum-meter/{version}")


def _json_blocks(page: str) -> list[Any]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", text, re.M | re.S)]


def _actions_of_aws() -> dict[str, Any]:
    """What AWS's service authorization reference says of each action, as cfn-lint brings it."""
    package = find_spec("cfnlint")
    assert package is not None
    assert package.origin is not None
    file = Path(package.origin).parent / "data" / "AdditionalSpecs" / "Policies.json"
    actions: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return actions


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements() -> Iterator[tuple[str, dict[str, Any]]]:
    for page in PAGES:
        for block in _json_blocks(str(page.relative_to(ROOT))):
            for statement in block.get("Statement", []):
                assert block["Version"] == "2012-10-17"
                yield page.name, statement


def test_every_action_of_a_shown_policy_exists_and_takes_the_resources_beside_it() -> None:
    aws = _actions_of_aws()
    shown = list(_statements())
    assert {page for page, _ in shown} == {"queries.md", "security.md"}
    for page, statement in shown:
        assert statement["Effect"] == "Allow"
        for action in _listed(statement["Action"]):
            service, _, name = action.partition(":")
            assert name.lower() in aws[service]["Actions"], f"{page}: {action}"
            kinds = aws[service]["Actions"][name.lower()].get("Resources", [])
            # An action without kinds takes "*" alone; one with kinds takes ARNs, and a trust policy none at all.
            resources = _listed(statement.get("Resource", []))
            assert ("*" in resources) is (not kinds), f"{page}: {action}"
            assert all(re.match(r"arn:aws:[a-z0-9]+:", each) for each in resources if each != "*"), f"{page}: {action}"


def test_a_reader_may_do_what_make_query_does_and_what_the_console_does() -> None:
    (policy,) = _json_blocks("docs/queries.md")
    allowed = {action for statement in policy["Statement"] for action in _listed(statement["Action"])}
    operations = get_session().get_service_model("athena").operation_names
    sources = (ROOT / "commands" / "query.py").read_text(encoding="utf-8")
    called = set(re.findall(r"athena\.([a-z_]+)\(", sources)) | set(re.findall(r'get_paginator\("([a-z_]+)"', sources))
    needed = {name for name in operations if re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() in called}
    assert {"StartQueryExecution", "BatchGetNamedQuery", "GetQueryResults"} <= needed
    # https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html, and managed-results.html
    needed |= {"GetQueryResultsStream", "ListWorkGroups", "ListEngineVersions", "ListDataCatalogs", "ListDatabases"}
    needed |= {"GetDatabase", "ListTableMetadata", "GetTableMetadata", "ListQueryExecutions", "BatchGetQueryExecution"}
    assert {f"athena:{name}" for name in needed} <= allowed
    assert not [action for action in allowed if not re.match(r"\w+:(Get|List|BatchGet|(Start|Stop)Query)", action)]
    text = json.dumps(policy)
    assert (f"workgroup/{WORKGROUP}" in text, f"table/{DATABASE}/*" in text) == (True, True)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

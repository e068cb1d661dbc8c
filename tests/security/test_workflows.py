"""What GitHub runs for this project is pinned, and may do no more than it needs."""

import re
from pathlib import Path
from typing import Any, cast

import pytest
import yaml  # type: ignore[import-untyped]

from tests.security.tool import PROJECT

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")

each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)


def read(workflow: Path) -> dict[Any, Any]:
    return cast(dict[Any, Any], yaml.safe_load(workflow.read_text(encoding="utf-8")))


def events(workflow: dict[Any, Any]) -> set[str]:
    return set(workflow[True])  # YAML 1.1 takes the key `on` for a truth value.


def uses(text: str) -> list[str]:
    return re.findall(r"^\s*-?\s*(?:\"uses\"|uses)\s*:\s*(.+?)\s*$", text, re.MULTILINE)


def test_there_are_workflows() -> None:
    assert {"ci.yml", "deploy.yml"} <= {path.name for path in WORKFLOWS}


@each_workflow
def test_every_action_is_pinned_by_its_commit_with_its_version_beside_it(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    used = uses(text)
    declared = [step["uses"] for job in read(workflow)["jobs"].values() for step in job["steps"] if "uses" in step]
    assert len(used) == len(declared) > 0
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@pytest.mark.parametrize(
    "loose",
    [
        "actions/checkout@v4",
        "actions/checkout@main # v4.2.2",
        "actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
        "actions/checkout@11bd719 # v4.2.2",
        "docker://alpine:3",
        "./local",
    ],
)
def test_an_action_that_is_not_pinned_would_be_found(loose: str) -> None:
    assert uses(f"steps:\n      - uses: {loose}\n") == [loose]
    assert not PINNED.fullmatch(loose)


@each_workflow
def test_nothing_is_allowed_by_default_but_reading(workflow: Path) -> None:
    assert read(workflow)["permissions"] in ({}, {"contents": "read"})


@each_workflow
def test_no_workflow_runs_a_stranger_s_code_with_secrets(workflow: Path) -> None:
    read_workflow = read(workflow)
    assert not events(read_workflow) & {"pull_request_target", "workflow_run", "issue_comment", "issues"}
    assert "secrets." not in workflow.read_text(encoding="utf-8")
    steps = [step for job in read_workflow["jobs"].values() for step in job["steps"]]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_only_the_deployment_gets_an_identity_by_hand_and_in_its_environment() -> None:
    allowed = {
        path.name: {name: job.get("permissions") for name, job in read(path)["jobs"].items()} for path in WORKFLOWS
    }
    identified = {name for name, jobs in allowed.items() if any("id-token" in (each or {}) for each in jobs.values())}
    assert identified == {"deploy.yml"}
    deploy = read(PROJECT / ".github/workflows/deploy.yml")
    assert events(deploy) == {"workflow_dispatch"}
    (job,) = deploy["jobs"].values()
    assert job["environment"] == "production"
    assert job["permissions"] == {"id-token": "write", "contents": "read"}

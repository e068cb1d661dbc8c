"""docs/security.md names tests and files: they are there, and its policies say what they must."""

import json
import re
from typing import Any

from tests.security.tool import PROJECT

PAGE = (PROJECT / "docs" / "security.md").read_text(encoding="utf-8")
POLICIES: list[dict[str, Any]] = [json.loads(text) for text in re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)]


def test_every_test_that_shows_something_is_there() -> None:
    defined = {
        name
        for file in (PROJECT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = re.findall(r"`(test_\w+)`", PAGE)
    assert len(named) > 20
    assert [name for name in named if name not in defined] == []


def test_every_file_that_does_something_is_there() -> None:
    named = re.findall(r"`((?:lambda|infra|commands|tests|\.github)/[\w/.-]+)`", PAGE)
    assert len(named) > 15
    assert [path for path in named if not (PROJECT / path).exists()] == []


def test_the_trust_policy_names_one_environment_of_one_repository() -> None:
    (trust,) = (statement for policy in POLICIES for statement in policy["Statement"] if "Principal" in statement)
    assert trust["Condition"].keys() == {"StringEquals"}
    conditions = trust["Condition"]["StringEquals"]
    assert conditions["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    subject = conditions["token.actions.githubusercontent.com:sub"]
    assert subject == "repo:OWNER@OWNER_ID/REPOSITORY@REPOSITORY_ID:environment:production"
    workflow = (PROJECT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8")
    assert f"environment: {subject.rpartition(':')[2]}\n" in workflow


def test_the_role_of_a_deployment_may_become_what_bootstrap_made_and_look_whether_secrets_exist() -> None:
    grants = [statement for policy in POLICIES for statement in policy["Statement"] if "Principal" not in statement]
    assert {grant["Action"]: grant["Resource"] for grant in grants} == {
        # The qualifier is the account's: hnb659fds is only the default.
        "sts:AssumeRole": "arn:aws:iam::ACCOUNT:role/cdk-QUALIFIER-*-ACCOUNT-REGION",
        "secretsmanager:DescribeSecret": "arn:aws:secretsmanager:REGION:ACCOUNT:secret:cloudflare-spectrum/*",
        "cloudformation:ListStackResources": "arn:aws:cloudformation:REGION:ACCOUNT:stack/SpectrumMeter/*",
    }

"""checkov reads the stack, and neither what it could not read nor what is accepted for nothing passes for well."""

import json
from pathlib import Path

import pytest

from tests.security.accepted import ACCEPTED
from tests.security.template import findings, in_template
from tests.security.tool import Ended, ToolFailed

BUCKET = ("CKV_AWS_20", "AWS::S3::Bucket")


def ended(*failed: tuple[str, str], unparsed: int = 0) -> Ended:
    checks = [{"check_id": check, "check_name": "so", "resource": f"{kind}.Some"} for check, kind in failed]
    report = {"results": {"failed_checks": checks}, "summary": {"parsing_errors": unparsed}}
    return Ended("checkov", 1, json.dumps(report), "")


def test_what_nobody_accepted_is_a_finding_and_what_is_accepted_is_none() -> None:
    assert [str(each) for each in findings(ended(BUCKET), {})] == ["AWS::S3::Bucket.Some: CKV_AWS_20 so"]
    assert findings(ended(BUCKET), {BUCKET: "why"}) == []


def test_what_is_accepted_holds_for_one_type_of_resource() -> None:
    assert [each.rule for each in findings(ended(BUCKET, ("CKV_AWS_20", "AWS::Other")), {BUCKET: "why"})] == [
        "CKV_AWS_20"
    ]


def test_what_is_accepted_and_not_found_has_to_go() -> None:
    assert [(each.rule, each.where) for each in findings(ended(), {BUCKET: "why"})] == [BUCKET]


@pytest.mark.parametrize(
    "broken", [ended(unparsed=1), Ended("checkov", 0, "", ""), Ended("checkov", 0, '{"passed": 0, "failed": 0}', "")]
)
def test_a_template_that_was_not_read_is_no_clean_bill(broken: Ended) -> None:
    with pytest.raises(ToolFailed):
        findings(broken, {})


def test_every_reason_is_a_sentence() -> None:
    assert [key for key, reason in ACCEPTED.items() if len(reason.split()) < 5 or not reason.endswith(".")] == []


@pytest.mark.security
def test_checkov_finds_what_it_must(tmp_path: Path) -> None:
    template = tmp_path / "template.json"
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
    template.write_text(json.dumps({"Resources": {"Open": bucket}}))
    assert ("CKV_AWS_20", "AWS::S3::Bucket.Open") in {(each.rule, each.where) for each in in_template(template)}

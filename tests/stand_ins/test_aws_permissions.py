"""Policies are evaluated by AWS's documented rules."""

from typing import Any

import pytest

from tests.sandbox.aws import Grant, Policy, Request
from tests.sandbox.aws.permissions import read_policy

KEY = "arn:aws:s3:::b/raw/k"


def policy(*statements: dict[str, Any]) -> Policy:
    return read_policy([{"Version": "2012-10-17", "Statement": list(statements)}])


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


def put(key: str = KEY, **context: str) -> Request:
    return Request("s3:PutObject", (key,), context)


def test_what_nobody_allows_is_denied() -> None:
    assert not policy().allows(put())
    assert not policy(allow("s3:GetObject")).allows(put())


def test_what_a_statement_allows_is_allowed() -> None:
    assert policy(allow("s3:PutObject", "arn:aws:s3:::b/raw/k")).allows(put())


@pytest.mark.parametrize("statements", [(allow("s3:*"), deny("s3:Put*")), (deny("s3:Put*"), allow("s3:*"))])
def test_an_explicit_deny_wins_wherever_it_stands(statements: tuple[dict[str, Any], ...]) -> None:
    assert not policy(*statements).allows(put())
    assert policy(*statements).denies(put())


def test_a_deny_of_something_else_does_not_matter() -> None:
    assert policy(allow("s3:*"), deny("s3:*", "arn:aws:s3:::b/catalog/*")).allows(put())


@pytest.mark.parametrize(
    "action", ["*", "s3:*", "s3:Put*", "s3:Put?bject", "S3:putobject", ["s3:GetObject", "s3:PutObject"]]
)
def test_actions_have_wildcards_and_no_case(action: Any) -> None:
    assert policy(allow(action)).allows(put())


@pytest.mark.parametrize("resource", ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/raw/?", "arn:aws:s3:::*/raw/k"])
def test_resources_have_wildcards(resource: str) -> None:
    assert policy(allow("s3:PutObject", resource)).allows(put())


@pytest.mark.parametrize(
    "resource", ["arn:aws:s3:::b", "arn:aws:s3:::B/raw/k", "arn:aws:s3:::b/raw", "arn:aws:s3:::b/[r]aw/k"]
)
def test_resources_have_case_and_nothing_but_wildcards(resource: str) -> None:
    assert not policy(allow("s3:PutObject", resource)).allows(put())


def test_a_request_for_several_resources_needs_all_of_them() -> None:
    granted = policy(allow("s3:DeleteObject", "arn:aws:s3:::b/a"))
    assert not granted.allows(Request("s3:DeleteObject", ("arn:aws:s3:::b/a", "arn:aws:s3:::b/c")))


class TestConditions:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""

    METRICS = allow("cloudwatch:PutMetricData", Condition={"StringEquals": {"cloudwatch:namespace": ["A", "A/B"]}})

    @pytest.mark.parametrize(("namespace", "allowed"), [("A", True), ("A/B", True), ("A/C", False), ("a", False)])
    def test_a_key_must_have_one_of_the_values(self, namespace: str, *, allowed: bool) -> None:
        request = Request("cloudwatch:PutMetricData", ("*",), {"cloudwatch:namespace": namespace})
        assert policy(self.METRICS).allows(request) is allowed

    def test_a_key_that_is_absent_fails_the_condition(self) -> None:
        assert not policy(self.METRICS).allows(Request("cloudwatch:PutMetricData", ("*",)))

    def test_a_key_that_is_absent_passes_if_exists(self) -> None:
        granted = policy(allow("s3:*", Condition={"StringEqualsIfExists": {"s3:prefix": "raw/"}}))
        assert granted.allows(put())
        assert not granted.allows(put(**{"s3:prefix": "catalog/"}))

    def test_a_negated_operator_passes_when_the_key_is_absent(self) -> None:
        granted = policy(allow("s3:*", Condition={"StringNotEquals": {"s3:prefix": "raw/"}}))
        assert granted.allows(put())
        assert not granted.allows(put(**{"s3:prefix": "raw/"}))

    def test_string_like_has_wildcards(self) -> None:
        granted = policy(allow("s3:ListBucket", Condition={"StringLike": {"s3:prefix": "raw/*"}}))
        listing = Request("s3:ListBucket", ("arn:aws:s3:::b",), {"s3:prefix": "raw/dt=2026-11-22/"})
        assert granted.allows(listing)

    @pytest.mark.parametrize("written", ["false", False])
    def test_a_deny_without_tls_strikes_only_calls_without_tls(self, written: Any) -> None:
        tls_only = policy(allow("s3:*"), deny("s3:*", Condition={"Bool": {"aws:SecureTransport": written}}))
        assert tls_only.allows(put(**{"aws:SecureTransport": "true"}))
        assert not tls_only.allows(put(**{"aws:SecureTransport": "false"}))

    def test_the_names_of_keys_have_no_case(self) -> None:
        granted = policy(allow("s3:*", Condition={"StringEquals": {"S3:Prefix": "raw/"}}))
        assert granted.allows(put(**{"s3:prefix": "raw/"}))

    def test_all_conditions_must_hold(self) -> None:
        granted = policy(allow("s3:*", Condition={"StringEquals": {"a:x": "1", "a:y": "2"}}))
        assert granted.allows(put(**{"a:x": "1", "a:y": "2"}))
        assert not granted.allows(put(**{"a:x": "1", "a:y": "3"}))


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
        allow("s3:*", Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
    ],
)
def test_a_part_of_the_language_that_is_not_evaluated_is_refused(statement: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="does not evaluate"):
        policy(statement)


def test_refused_names_the_requests_that_lack_a_grant() -> None:
    reads = Request("s3:GetObject", (KEY,))
    assert policy(allow("s3:GetObject", "arn:aws:s3:::b/*")).refused([reads, put()]) == (put(),)


def test_unused_names_every_grant_that_no_request_needed() -> None:
    granted = policy(allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::b/raw/*", "arn:aws:s3:::b/catalog/*"]))
    reads = Request("s3:GetObject", ("arn:aws:s3:::b/catalog/main.json",))
    assert granted.unused([reads, put()]) == (
        Grant("s3:GetObject", "arn:aws:s3:::b/raw/*"),
        Grant("s3:PutObject", "arn:aws:s3:::b/catalog/*"),
    )


def test_a_grant_whose_condition_no_request_meets_is_unused() -> None:
    granted = policy(allow("s3:PutObject", Condition={"StringEquals": {"s3:prefix": "x"}}))
    assert granted.unused([put()]) == (Grant("s3:PutObject", "*"),)

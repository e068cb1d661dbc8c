"""CloudFormation in the AWS double: order, updates, failures and roll-backs, as AWS documents them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws import AwsDouble

QUEUE = {"Type": "AWS::SQS::Queue"}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
GRANT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}


@pytest.fixture
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        yield double


def create(aws: AwsDouble, resources: dict[str, Any], **rest: Any) -> str:
    template = json.dumps({"Resources": resources, **rest})
    aws.client("cloudformation").create_stack(StackName="S", TemplateBody=template)
    return status(aws)


def update(aws: AwsDouble, resources: dict[str, Any], **rest: Any) -> str:
    template = json.dumps({"Resources": resources, **rest})
    aws.client("cloudformation").update_stack(StackName="S", TemplateBody=template)
    return status(aws)


def describe(aws: AwsDouble) -> dict[str, Any]:
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="S")["Stacks"]
    return dict(stack)


def status(aws: AwsDouble) -> str:
    return str(describe(aws)["StackStatus"])


def outputs(aws: AwsDouble) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in describe(aws)["Outputs"]}


def events(aws: AwsDouble) -> list[tuple[str, str]]:
    """Name and status of every resource's events, oldest first."""
    found = aws.client("cloudformation").describe_stack_events(StackName="S")["StackEvents"]
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(found)]


def reason(aws: AwsDouble, name: str) -> str:
    found = aws.client("cloudformation").describe_stack_events(StackName="S")["StackEvents"]
    return next(
        str(event["ResourceStatusReason"])
        for event in found
        if event["LogicalResourceId"] == name and event["ResourceStatus"].endswith("_FAILED")
    )


def queues(aws: AwsDouble) -> list[str]:
    urls = aws.client("sqs").list_queues().get("QueueUrls", [])
    return sorted(url.rpartition("/")[2] for url in urls)


def named(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **properties}}


def test_a_type_that_nobody_taught_is_refused_by_name_and_nothing_is_made(aws: AwsDouble) -> None:
    with pytest.raises(ClientError, match="AWS::Fancy::Thing"):
        create(aws, {"Q": QUEUE, "F": {"Type": "AWS::Fancy::Thing"}})
    assert queues(aws) == []
    assert aws.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_custom_resources_are_refused_because_nothing_runs_them(aws: AwsDouble) -> None:
    with pytest.raises(ClientError, match="Custom::AutoDelete"):
        create(aws, {"C": {"Type": "Custom::AutoDelete", "Properties": {"ServiceToken": "arn"}}})


def test_an_unknown_property_fails_the_stack_by_name(aws: AwsDouble) -> None:
    assert create(aws, {"Q": named("q", Colour="blue")}) == "ROLLBACK_COMPLETE"
    assert "Colour" in reason(aws, "Q")


def test_resources_are_made_after_what_they_refer_to(aws: AwsDouble) -> None:
    policy = {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [{"Ref": "Q"}], "PolicyDocument": {}}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "of ${Q.QueueName}"}}}
    create(aws, {"P": policy, "T": topic, "Last": {**QUEUE, "DependsOn": "T"}, "Q": QUEUE})
    made = [name for name, state in events(aws) if state == "CREATE_COMPLETE" and name != "S"]
    assert made == ["Q", "P", "T", "Last"]


def test_a_policy_that_nothing_waits_for_comes_last(aws: AwsDouble) -> None:
    # AWS may make it at any time: a template that needs it sooner has to say so.
    policy = {"Roles": [{"Ref": "R"}], "PolicyName": "p", "PolicyDocument": GRANT}
    create(aws, {"R": ROLE, "P": {"Type": "AWS::IAM::Policy", "Properties": policy}, "Q": QUEUE})
    made = [name for name, state in events(aws) if state == "CREATE_COMPLETE" and name != "S"]
    assert made == ["R", "Q", "P"]


def test_conditions_and_no_value_leave_things_out(aws: AwsDouble) -> None:
    never = {"Never": {"Fn::Equals": ["a", "b"]}}
    visibility = {"Fn::If": ["Never", 5, {"Ref": "AWS::NoValue"}]}
    roles = [{"Fn::If": ["Never", "x", {"Ref": "AWS::NoValue"}]}, {"Ref": "R"}]
    policy = {"Roles": roles, "PolicyName": "p", "PolicyDocument": GRANT}
    resources = {
        "Q": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": visibility}},
        "Gone": {**QUEUE, "Condition": "Never"},
        "R": ROLE,
        "P": {"Type": "AWS::IAM::Policy", "Properties": policy},
    }
    assert create(aws, resources, Conditions=never) == "CREATE_COMPLETE"
    assert len(queues(aws)) == 1
    (role,) = aws.client("iam").list_roles()["Roles"]
    assert aws.client("iam").list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == ["p"]


def test_outputs_are_what_the_resources_say(aws: AwsDouble) -> None:
    wanted = {"Url": {"Value": {"Ref": "Q"}}, "Arn": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}}}
    create(aws, {"Q": named("q")}, Outputs=wanted)
    assert outputs(aws) == {
        "Url": "https://sqs.us-east-1.amazonaws.com/123456789012/q",
        "Arn": "arn:aws:sqs:us-east-1:123456789012:q",
    }


def test_an_attribute_that_the_type_does_not_have_fails_the_stack(aws: AwsDouble) -> None:
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Q", "Colour"]}}}
    assert create(aws, {"Q": QUEUE, "T": topic}) == "ROLLBACK_COMPLETE"


def test_exports_are_known_to_other_stacks(aws: AwsDouble) -> None:
    create(aws, {"Q": named("q")}, Outputs={"Url": {"Value": {"Ref": "Q"}, "Export": {"Name": "queue"}}})
    (export,) = aws.client("cloudformation").list_exports()["Exports"]
    assert (export["Name"], export["Value"]) == ("queue", outputs(aws)["Url"])


def test_an_update_adds_changes_and_removes(aws: AwsDouble) -> None:
    create(aws, {"A": named("a"), "B": named("b")})
    assert update(aws, {"B": named("b", VisibilityTimeout=7), "C": named("c")}) == "UPDATE_COMPLETE"
    assert queues(aws) == ["b", "c"]
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="b")["QueueUrl"]
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"] == "7"


def test_an_update_adds_before_it_removes(aws: AwsDouble) -> None:
    create(aws, {"A": named("a")})
    update(aws, {"B": named("b")})
    assert events(aws)[-3:] == [("B", "CREATE_COMPLETE"), ("A", "DELETE_COMPLETE"), ("S", "UPDATE_COMPLETE")]


def test_a_replaced_resource_changes_what_refers_to_it(aws: AwsDouble) -> None:
    def resources(name: str) -> dict[str, Any]:
        return {"Q": named(name), "T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Q"}}}}

    create(aws, resources("before"))
    update(aws, resources("after"))
    sns = aws.client("sns")
    (topic,) = sns.list_topics()["Topics"]
    assert sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]["DisplayName"].endswith("/after")
    assert queues(aws) == ["after"]


def test_what_is_to_be_retained_stays(aws: AwsDouble) -> None:
    create(aws, {"A": {**named("a"), "DeletionPolicy": "Retain"}, "B": named("b")})
    aws.client("cloudformation").delete_stack(StackName="S")
    assert queues(aws) == ["a"]


@pytest.mark.parametrize(("policy", "left"), [("Retain", ["a", "b"]), ("RetainExceptOnCreate", ["a"])])
def test_a_rollback_retains_except_what_the_failed_operation_created(
    aws: AwsDouble, policy: str, left: list[str]
) -> None:
    kept = {name: {**named(name), "DeletionPolicy": policy} for name in ("a", "b")}
    create(aws, {"A": kept["a"]})
    assert update(aws, {"A": kept["a"], "B": kept["b"], "C": named("c", Colour="blue")}) == "UPDATE_ROLLBACK_COMPLETE"
    assert queues(aws) == left
    aws.client("cloudformation").delete_stack(StackName="S")
    assert queues(aws) == left


@pytest.mark.parametrize(("policy", "left"), [("Retain", ["a", "b"]), ("Delete", ["b"])])
def test_what_is_replaced_stays_if_the_template_says_so(aws: AwsDouble, policy: str, left: list[str]) -> None:
    create(aws, {"Q": {**named("a"), "UpdateReplacePolicy": policy}})
    update(aws, {"Q": {**named("b"), "UpdateReplacePolicy": policy}})
    assert queues(aws) == left


def test_a_failed_creation_leaves_nothing_and_says_why(aws: AwsDouble) -> None:
    schedule = {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": "cron(* * * * ? *)",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {"Arn": {"Fn::GetAtt": ["Q", "Arn"]}},
        },
    }
    assert create(aws, {"Q": QUEUE, "X": schedule}) == "ROLLBACK_COMPLETE"
    assert queues(aws) == []
    assert 'Missing required parameter in Target: "RoleArn"' in reason(aws, "X")


def test_a_failed_update_goes_back_to_what_was(aws: AwsDouble) -> None:
    create(aws, {"A": named("a", VisibilityTimeout=7)}, Outputs={"Url": {"Value": {"Ref": "A"}}})
    changed = {"A": named("a", VisibilityTimeout=9), "B": named("b"), "C": named("c", Colour="blue")}
    assert update(aws, changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert queues(aws) == ["a"]
    sqs = aws.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=outputs(aws)["Url"], AttributeNames=["All"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "7"


def test_what_cloudformation_does_itself_is_not_recorded(aws: AwsDouble) -> None:
    create(aws, {"Q": QUEUE})
    assert {call.service for call in aws.calls} == {"cloudformation"}

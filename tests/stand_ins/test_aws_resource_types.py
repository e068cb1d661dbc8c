"""Each taught resource type: made, changed in place, removed; what Ref and GetAtt give; what the service refuses."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.aws import AwsDouble, Request, policy_of

Resources = dict[str, Any]


@pytest.fixture
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        yield double


class Stack:
    """One stack, deployed again and again."""

    def __init__(self, aws: AwsDouble) -> None:
        self._aws = aws
        self._deploy: Callable[..., Any] = aws.client("cloudformation").create_stack

    def deploy(self, resources: Resources, **outputs: Any) -> dict[str, str]:
        """Deploys, and returns the outputs. Raises AssertionError with the reasons when it fails."""
        wanted = {name: {"Value": value} for name, value in outputs.items()}
        cloudformation = self._aws.client("cloudformation")
        self._deploy(StackName="S", TemplateBody=json.dumps({"Resources": resources, "Outputs": wanted}))
        self._deploy = cloudformation.update_stack
        (stack,) = cloudformation.describe_stacks(StackName="S")["Stacks"]
        events = cloudformation.describe_stack_events(StackName="S")["StackEvents"]
        reasons = [event.get("ResourceStatusReason") for event in events if "FAILED" in event["ResourceStatus"]]
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), reasons
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


@pytest.fixture
def stack(aws: AwsDouble) -> Stack:
    return Stack(aws)


def resource(kind: str, **properties: Any) -> Resources:
    return {"Type": kind, "Properties": properties}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def attribute(name: str, of: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [of, name]}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(service: str, **condition: Any) -> dict[str, Any]:
    return document(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        | ({"Condition": condition} if condition else {})
    )


def allow(action: str, target: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": target}


PLACEHOLDER: Resources = {"Placeholder": resource("AWS::SQS::Queue")}


def test_a_bucket_has_everything_that_the_template_says(aws: AwsDouble, stack: Stack) -> None:
    rules = [
        {
            "Id": "old",
            "Status": "Enabled",
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "ExpiredObjectDeleteMarker": True,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        }
    ]
    encryption = [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
    closed = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    bucket = resource(
        "AWS::S3::Bucket",
        BucketEncryption={"ServerSideEncryptionConfiguration": encryption},
        LifecycleConfiguration={"Rules": rules},
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        PublicAccessBlockConfiguration=closed,
        Tags=[{"Key": "project", "Value": "p"}],
        VersioningConfiguration={"Status": "Enabled"},
    )
    outputs = stack.deploy({"B": bucket}, Name=ref("B"), Arn=attribute("Arn", "B"))
    s3, name = aws.client("s3"), outputs["Name"]
    assert outputs["Arn"] == f"arn:aws:s3:::{name}"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == closed
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [{"Key": "project", "Value": "p"}]
    (kept,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert kept["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    changed = {key: value for key, value in bucket["Properties"].items() if key != "LifecycleConfiguration"}
    stack.deploy({"B": resource("AWS::S3::Bucket", **changed)})
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_a_bucket_policy(aws: AwsDouble, stack: Stack) -> None:
    def resources(action: str) -> Resources:
        deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": attribute("Arn", "B")}
        policy = resource("AWS::S3::BucketPolicy", Bucket=ref("B"), PolicyDocument=document(deny))
        return {"B": resource("AWS::S3::Bucket"), "P": policy}

    outputs = stack.deploy(resources("s3:A"), Name=ref("B"), Policy=ref("P"))
    stack.deploy(resources("s3:B"))
    s3, name = aws.client("s3"), outputs["Name"]
    assert outputs["Policy"] == name
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"][0]["Action"] == "s3:B"
    stack.deploy({"B": resource("AWS::S3::Bucket")})
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=name)


def test_a_queue_and_its_policy(aws: AwsDouble, stack: Stack) -> None:
    def resources(seconds: int) -> Resources:
        queue = resource("AWS::SQS::Queue", MessageRetentionPeriod=seconds, SqsManagedSseEnabled=True)
        statement = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": attribute("Arn", "Q")}
        policy = resource("AWS::SQS::QueuePolicy", Queues=[ref("Q")], PolicyDocument=document(statement))
        return {"Q": queue, "P": policy}

    stack.deploy(resources(60))
    outputs = stack.deploy(resources(120), Url=ref("Q"), Arn=attribute("Arn", "Q"))
    sqs = aws.client("sqs")
    kept = sqs.get_queue_attributes(QueueUrl=outputs["Url"], AttributeNames=["All"])["Attributes"]
    assert (kept["MessageRetentionPeriod"], kept["SqsManagedSseEnabled"]) == ("120", "true")
    assert json.loads(kept["Policy"])["Statement"][0]["Resource"] == outputs["Arn"] == kept["QueueArn"]
    sqs.send_message(QueueUrl=outputs["Url"], MessageBody="m")
    stack.deploy({"Q": resources(120)["Q"]})
    assert "Policy" not in sqs.get_queue_attributes(QueueUrl=outputs["Url"], AttributeNames=["All"])["Attributes"]


def test_a_secret_without_a_value_is_created_empty(aws: AwsDouble, stack: Stack) -> None:
    secret = resource("AWS::SecretsManager::Secret", Name="cloudflare/main", Description="d")
    outputs = stack.deploy({"S": secret}, Arn=ref("S"))
    assert outputs["Arn"].startswith("arn:aws:secretsmanager:us-east-1:123456789012:secret:cloudflare/main-")
    secrets = aws.client("secretsmanager")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId="cloudflare/main")
    secrets.put_secret_value(SecretId="cloudflare/main", SecretString="token")
    stack.deploy({"S": resource("AWS::SecretsManager::Secret", Name="cloudflare/main", Description="changed")})
    assert secrets.get_secret_value(SecretId="cloudflare/main")["SecretString"] == "token"
    assert secrets.describe_secret(SecretId="cloudflare/main")["Description"] == "changed"
    stack.deploy(PLACEHOLDER)
    stack.deploy({"S": secret})  # its name is free at once


def test_a_secret_with_a_generated_value(aws: AwsDouble, stack: Stack) -> None:
    generated = {"SecretStringTemplate": '{"email": "a@b.c"}', "GenerateStringKey": "key", "PasswordLength": 20}
    stack.deploy({"S": resource("AWS::SecretsManager::Secret", Name="n", GenerateSecretString=generated)})
    value = json.loads(aws.client("secretsmanager").get_secret_value(SecretId="n")["SecretString"])
    assert (value["email"], len(value["key"])) == ("a@b.c", 20)


def schedule(role: Any, *, group: Any = None, event: str = "{}") -> Resources:
    target = {"Arn": "arn:aws:lambda:us-east-1:123456789012:function:f", "RoleArn": role, "Input": event}
    return resource(
        "AWS::Scheduler::Schedule",
        Name="main",
        ScheduleExpression="cron(* * * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        **({"GroupName": group} if group else {}),
    )


def test_a_schedule_in_its_group(aws: AwsDouble, stack: Stack) -> None:
    condition = {"StringEquals": {"aws:SourceArn": attribute("Arn", "G"), "aws:SourceAccount": ref("AWS::AccountId")}}
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust("scheduler.amazonaws.com", **condition))
    group = resource("AWS::Scheduler::ScheduleGroup", Name="g")

    def resources(event: str) -> Resources:
        return {"R": role, "G": group, "S": schedule(attribute("Arn", "R"), group=ref("G"), event=event)}

    stack.deploy(resources('{"source": "a"}'))
    outputs = stack.deploy(resources('{"source": "b"}'), Name=ref("S"), Arn=attribute("Arn", "S"))
    assert outputs["Name"] == "main"
    kept = aws.client("scheduler").get_schedule(Name="main", GroupName="g")
    assert (kept["Arn"], kept["Target"]["Input"]) == (outputs["Arn"], '{"source": "b"}')
    stack.deploy({"R": role, "G": group})
    assert aws.client("scheduler").list_schedules(GroupName="g")["Schedules"] == []


@pytest.mark.parametrize(
    "policy",
    [
        trust("lambda.amazonaws.com"),
        trust("scheduler.amazonaws.com", StringEquals={"aws:SourceArn": "arn:of:another:group"}),
    ],
)
def test_a_schedule_is_refused_when_its_role_does_not_trust_the_scheduler(stack: Stack, policy: Any) -> None:
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument=policy)
    with pytest.raises(AssertionError, match="must allow AWS EventBridge Scheduler to assume the role"):
        stack.deploy({"R": role, "S": schedule(attribute("Arn", "R"))})


def test_a_role_with_its_policies(aws: AwsDouble, stack: Stack) -> None:
    basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

    def resources(action: str, *managed: str) -> Resources:
        inline = [{"PolicyName": "inline", "PolicyDocument": document(allow(f"s3:{action}"))}]
        role = resource(
            "AWS::IAM::Role",
            AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
            Policies=inline,
            ManagedPolicyArns=list(managed),
        )
        common = {"PolicyDocument": document(allow(f"sqs:{action}"))}
        return {
            "R": role,
            "P": resource("AWS::IAM::Policy", PolicyName="attached", Roles=[ref("R")], **common),
            "RP": resource("AWS::IAM::RolePolicy", PolicyName="single", RoleName=ref("R"), **common),
            "MP": resource("AWS::IAM::ManagedPolicy", Roles=[ref("R")], PolicyDocument=document(allow("athena:A"))),
        }

    name = stack.deploy(resources("One", basic), Name=ref("R"), Single=ref("RP"))["Name"]
    assert policy_of(name).allows(Request("s3:One", ("*",)))
    assert policy_of(name).allows(Request("logs:PutLogEvents", ("*",)))
    assert policy_of(name).allows(Request("athena:A", ("*",)))
    outputs = stack.deploy(resources("Two"), Arn=attribute("Arn", "R"), Single=ref("RP"))
    assert outputs == {"Arn": f"arn:aws:iam::123456789012:role/{name}", "Single": f"single|{name}"}
    for action in ("s3:One", "sqs:One", "logs:PutLogEvents"):
        assert not policy_of(name).allows(Request(action, ("*",)))
    for action in ("s3:Two", "sqs:Two"):
        assert policy_of(name).allows(Request(action, ("*",)))
    stack.deploy({"R": resources("Two")["R"]})
    assert aws.client("iam").list_role_policies(RoleName=name)["PolicyNames"] == ["inline"]
    assert aws.client("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []


def upload_code(aws: AwsDouble, key: str, text: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("index.py", text)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key=key, Body=content.getvalue())


def function(key: str, **more: Any) -> Resources:
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust("lambda.amazonaws.com"))
    properties = {
        "Code": {"S3Bucket": "assets", "S3Key": key},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": attribute("Arn", "R"),
        "Architectures": ["arm64"],
        "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "INFO"},
        **more,
    }
    return {"R": role, "F": resource("AWS::Lambda::Function", **properties)}


def test_a_function_and_its_code(aws: AwsDouble, stack: Stack) -> None:
    upload_code(aws, "one.zip", "1")
    upload_code(aws, "two.zip", "22")
    outputs = stack.deploy(function("one.zip", Timeout=55), Name=ref("F"), Arn=attribute("Arn", "F"))
    functions = aws.client("lambda")
    before = functions.get_function_configuration(FunctionName=outputs["Name"])
    assert (before["Timeout"], before["Architectures"]) == (55, ["arm64"])
    assert before["LoggingConfig"]["LogFormat"] == "JSON"
    assert before["FunctionArn"] == outputs["Arn"]
    stack.deploy(function("two.zip", Timeout=50, Environment={"Variables": {"BUCKET": "b"}}))
    after = functions.get_function_configuration(FunctionName=outputs["Name"])
    assert (after["Timeout"], after["Environment"]["Variables"]) == (50, {"BUCKET": "b"})
    assert after["CodeSha256"] != before["CodeSha256"]


def test_a_function_is_refused_when_its_role_does_not_trust_lambda(aws: AwsDouble, stack: Stack) -> None:
    upload_code(aws, "one.zip", "1")
    resources = function("one.zip")
    resources["R"] = resource("AWS::IAM::Role", AssumeRolePolicyDocument=trust("scheduler.amazonaws.com"))
    with pytest.raises(AssertionError, match="cannot be assumed by Lambda"):
        stack.deploy(resources)


def test_a_function_whose_code_is_missing_fails(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="F"):
        stack.deploy(function("absent.zip"))


def test_how_a_function_is_invoked(aws: AwsDouble, stack: Stack) -> None:
    upload_code(aws, "one.zip", "1")

    def resources(age: int) -> Resources:
        invocations = resource(
            "AWS::Lambda::EventInvokeConfig",
            FunctionName=ref("F"),
            Qualifier="$LATEST",
            MaximumEventAgeInSeconds=age,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": attribute("Arn", "Q")}},
        )
        policy = resource(
            "AWS::IAM::Policy",
            PolicyName="p",
            Roles=[ref("R")],
            PolicyDocument=document(allow("sqs:SendMessage", attribute("Arn", "Q"))),
        )
        queue = resource("AWS::SQS::Queue")
        return {**function("one.zip"), "Q": queue, "P": policy, "I": {**invocations, "DependsOn": "P"}}

    stack.deploy(resources(60))
    outputs = stack.deploy(resources(90), Name=ref("F"), Invocations=ref("I"), Queue=attribute("Arn", "Q"))
    assert outputs["Invocations"] == f"{outputs['Name']}|$LATEST"
    kept = aws.client("lambda").get_function_event_invoke_config(FunctionName=outputs["Name"])
    assert (kept["MaximumEventAgeInSeconds"], kept["MaximumRetryAttempts"]) == (90, 0)
    assert kept["DestinationConfig"]["OnFailure"]["Destination"] == outputs["Queue"]
    hasty = resources(90)
    del hasty["I"]["DependsOn"]
    stack.deploy(PLACEHOLDER)
    with pytest.raises(AssertionError, match="does not have permissions to call sqs:SendMessage"):
        stack.deploy(hasty)


def test_who_may_invoke_a_function(aws: AwsDouble, stack: Stack) -> None:
    upload_code(aws, "one.zip", "1")
    permission = resource(
        "AWS::Lambda::Permission",
        FunctionName=ref("F"),
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
    name = stack.deploy({**function("one.zip"), "P": permission}, Name=ref("F"))["Name"]
    functions = aws.client("lambda")
    (statement,) = json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    stack.deploy(function("one.zip"))
    assert "s3.amazonaws.com" not in json.dumps(functions.get_function(FunctionName=name), default=str)


def test_a_log_group_can_change_its_retention(aws: AwsDouble, stack: Stack) -> None:
    stack.deploy({"L": resource("AWS::Logs::LogGroup", LogGroupName="g", RetentionInDays=30)})
    changed = resource("AWS::Logs::LogGroup", LogGroupName="g", RetentionInDays=7)
    outputs = stack.deploy({"L": changed}, Name=ref("L"), Arn=attribute("Arn", "L"))
    (group,) = aws.client("logs").describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == (outputs["Name"], 7)
    assert outputs["Arn"] == "arn:aws:logs:us-east-1:123456789012:log-group:g:*"


def test_an_alarm(aws: AwsDouble, stack: Stack) -> None:
    def alarm(threshold: int) -> Resources:
        return resource(
            "AWS::CloudWatch::Alarm",
            AlarmName="a",
            Namespace="N",
            MetricName="M",
            Dimensions=[{"Name": "Source", "Value": "main"}],
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=3,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="breaching",
            WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 6},
        )

    stack.deploy({"A": alarm(1)})
    outputs = stack.deploy({"A": alarm(2)}, Name=ref("A"), Arn=attribute("Arn", "A"))
    (kept,) = aws.client("cloudwatch").describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert (kept["AlarmArn"], kept["Threshold"], kept["TreatMissingData"]) == (outputs["Arn"], 2, "breaching")
    assert kept["WarmUpConfiguration"] == {"WarmUpPeriodDurationInMinutes": 6}
    stack.deploy(PLACEHOLDER)
    assert aws.client("cloudwatch").describe_alarms()["MetricAlarms"] == []


def composite(rule: str, **properties: Any) -> Resources:
    """An alarm on a metric, `child`, and a composite alarm, `parent`, that is made after it."""
    query = {"Id": "q", "Expression": 'SELECT MAX("M") FROM "N"', "Period": 60, "ReturnData": True}
    judged = {"EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold"}
    parent = {"AlarmName": "parent", "AlarmRule": rule, **properties}
    return {
        "C": resource("AWS::CloudWatch::Alarm", AlarmName="child", Metrics=[query], **judged),
        "P": {"Type": "AWS::CloudWatch::CompositeAlarm", "DependsOn": "C", "Properties": parent},
    }


def test_a_composite_alarm(aws: AwsDouble, stack: Stack) -> None:
    cloudwatch = aws.client("cloudwatch")
    stack.deploy(composite('ALARM("child")', AlarmActions=["arn:topic"], AlarmDescription="why"))
    told = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
    (new,) = told["CompositeAlarms"]
    assert [alarm["AlarmName"] for alarm in told["MetricAlarms"]] == ["child"]
    assert (new["AlarmRule"], new["AlarmDescription"], new["StateValue"]) == (
        'ALARM("child")',
        "why",
        "INSUFFICIENT_DATA",
    )
    assert (new["AlarmActions"], new["OKActions"]) == (["arn:topic"], [])
    cloudwatch.set_alarm_state(AlarmName="parent", StateValue="OK", StateReason="because")
    stack.deploy(composite('NOT OK("child")'))
    (changed,) = cloudwatch.describe_alarms()["CompositeAlarms"]
    assert (changed["AlarmRule"], changed["StateValue"]) == ('NOT OK("child")', "OK")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('ALARM("other")', "alarms that are not there: other"),
        ('ALARM("child"', "AlarmRule not understood"),
        (" OR ".join(['ALARM("child")'] * 800), "at most 10240"),
    ],
)
def test_a_composite_alarm_that_cloudwatch_would_not_take_is_refused(stack: Stack, rule: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        stack.deploy(composite(rule))


def test_an_alarm_with_an_unknown_property_is_refused(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="Colour"):
        stack.deploy({"A": resource("AWS::CloudWatch::Alarm", AlarmName="a", Colour="blue")})


def test_a_new_alarm_knows_nothing_and_a_changed_one_keeps_its_state(aws: AwsDouble, stack: Stack) -> None:
    def alarm(threshold: int) -> Resources:
        query = {"Id": "q", "Expression": 'SELECT MAX("M") FROM "N"', "Period": 60, "ReturnData": True}
        return resource(
            "AWS::CloudWatch::Alarm",
            AlarmName="a",
            Metrics=[query],
            EvaluationPeriods=3,
            DatapointsToAlarm=2,
            Threshold=threshold,
            ComparisonOperator="GreaterThanThreshold",
        )

    cloudwatch = aws.client("cloudwatch")
    stack.deploy({"A": alarm(1)})
    (new,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert (new["StateValue"], new["DatapointsToAlarm"]) == ("INSUFFICIENT_DATA", 2)
    assert [query["Expression"] for query in new["Metrics"]] == ['SELECT MAX("M") FROM "N"']
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="because")
    stack.deploy({"A": alarm(2)})
    (changed,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert (changed["Threshold"], changed["StateValue"], changed["StateReason"]) == (2, "ALARM", "because")


def test_an_anomaly_detector(aws: AwsDouble, stack: Stack) -> None:
    def resources(metric: str) -> Resources:
        dimensions = [{"Name": "Zone", "Value": "z"}]
        single = {"Namespace": "N", "MetricName": metric, "Dimensions": dimensions, "Stat": "Sum"}
        return {"D": resource("AWS::CloudWatch::AnomalyDetector", SingleMetricAnomalyDetector=single)}

    def kept() -> list[tuple[str, str, list[Any], str]]:
        detectors = aws.client("cloudwatch").describe_anomaly_detectors()["AnomalyDetectors"]
        singles = [detector["SingleMetricAnomalyDetector"] for detector in detectors]
        return [(one["Namespace"], one["MetricName"], one["Dimensions"], one["Stat"]) for one in singles]

    stack.deploy(resources("one"))
    stack.deploy(resources("two"))
    assert kept() == [("N", "two", [{"Name": "Zone", "Value": "z"}], "Sum")]
    stack.deploy(PLACEHOLDER)
    assert kept() == []


def test_a_dashboard(aws: AwsDouble, stack: Stack) -> None:
    def dashboard(start: str) -> Resources:
        body = json.dumps({"start": start, "widgets": []})
        return {"D": resource("AWS::CloudWatch::Dashboard", DashboardName="d", DashboardBody=body)}

    cloudwatch = aws.client("cloudwatch")
    stack.deploy(dashboard("-PT3H"))
    stack.deploy(dashboard("-P1D"), Name=ref("D"))
    kept = cloudwatch.get_dashboard(DashboardName="d")
    assert json.loads(kept["DashboardBody"]) == {"start": "-P1D", "widgets": []}
    assert kept["DashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/d"
    stack.deploy(PLACEHOLDER)
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []


def test_a_dashboard_that_is_no_json_is_refused(stack: Stack) -> None:
    with pytest.raises(AssertionError, match="Expecting"):
        stack.deploy({"D": resource("AWS::CloudWatch::Dashboard", DashboardName="d", DashboardBody="{")})


def test_a_topic_with_its_policy_and_subscription(aws: AwsDouble, stack: Stack) -> None:
    def resources(display: str) -> Resources:
        publish = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": ref("T")}
        return {
            "T": resource("AWS::SNS::Topic", TopicName="t", DisplayName=display),
            "P": resource("AWS::SNS::TopicPolicy", Topics=[ref("T")], PolicyDocument=document(publish)),
            "U": resource("AWS::SNS::Subscription", TopicArn=ref("T"), Protocol="email", Endpoint="a@b.c"),
        }

    stack.deploy(resources("one"))
    outputs = stack.deploy(resources("two"), Arn=ref("T"), Name=attribute("TopicName", "T"))
    assert outputs == {"Arn": "arn:aws:sns:us-east-1:123456789012:t", "Name": "t"}
    sns = aws.client("sns")
    kept = sns.get_topic_attributes(TopicArn=outputs["Arn"])["Attributes"]
    assert kept["DisplayName"] == "two"
    assert json.loads(kept["Policy"])["Statement"][0]["Action"] == "sns:Publish"
    assert [each["Endpoint"] for each in sns.list_subscriptions()["Subscriptions"]] == ["a@b.c"]
    stack.deploy({"T": resources("two")["T"]})
    assert sns.list_subscriptions()["Subscriptions"] == []


def test_a_glue_database_and_its_tables(aws: AwsDouble, stack: Stack) -> None:
    def resources(location: str) -> Resources:
        table = {"Name": "polls_raw", "StorageDescriptor": {"Location": location}, "Parameters": {"a": "b"}}
        database = resource("AWS::Glue::Database", CatalogId=ref("AWS::AccountId"), DatabaseInput={"Name": "d"})
        owner = {"CatalogId": ref("AWS::AccountId"), "DatabaseName": ref("D")}
        return {"D": database, "T": resource("AWS::Glue::Table", **owner, TableInput=table)}

    stack.deploy(resources("s3://one/"))
    assert stack.deploy(resources("s3://two/"), D=ref("D"), T=ref("T")) == {"D": "d", "T": "polls_raw"}
    glue = aws.client("glue")
    kept = glue.get_table(DatabaseName="d", Name="polls_raw")["Table"]
    assert (kept["StorageDescriptor"]["Location"], kept["Parameters"]) == ("s3://two/", {"a": "b"})
    stack.deploy(PLACEHOLDER)
    assert glue.get_databases()["DatabaseList"] == []


def test_an_athena_workgroup_and_its_queries(aws: AwsDouble, stack: Stack) -> None:
    def resources(limit: int) -> Resources:
        configuration = {"BytesScannedCutoffPerQuery": limit, "EnforceWorkGroupConfiguration": True}
        query = {"Name": "q", "Database": "d", "QueryString": "SELECT 1", "WorkGroup": ref("W")}
        return {
            "W": resource("AWS::Athena::WorkGroup", Name="w", WorkGroupConfiguration=configuration),
            "Q": resource("AWS::Athena::NamedQuery", **query),
        }

    stack.deploy(resources(10_000_000))
    outputs = stack.deploy(resources(20_000_000), Group=ref("W"), Query=ref("Q"))
    athena = aws.client("athena")
    kept = athena.get_work_group(WorkGroup="w")["WorkGroup"]["Configuration"]
    assert kept["BytesScannedCutoffPerQuery"] == 20_000_000
    assert athena.get_named_query(NamedQueryId=outputs["Query"])["NamedQuery"]["QueryString"] == "SELECT 1"
    stack.deploy(PLACEHOLDER)
    assert athena.list_named_queries()["NamedQueryIds"] == []
    assert "w" not in [group["Name"] for group in athena.list_work_groups()["WorkGroups"]]


def test_the_cdks_metadata_make_nothing(stack: Stack) -> None:
    assert stack.deploy({"M": resource("AWS::CDK::Metadata", Analytics="v2:...")}) == {}

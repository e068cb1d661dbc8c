"""Who may do what: the whole list, so that a new permission is a change to this file."""

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from tests.infra.template import Grant, Template

NAMESPACES = str({"StringEquals": {"cloudwatch:namespace": [TRAFFIC_NAMESPACE, HEALTH_NAMESPACE]}})
BUCKET = "<Storage/Bucket.Arn>"
WHAT_LAMBDA_DOES = {
    Grant("logs:CreateLogStream", "<Log/LogGroup.Arn>"),
    Grant("logs:PutLogEvents", "<Log/LogGroup.Arn>"),
    Grant("sqs:SendMessage", "<Failures/Queue.Arn>"),
}


def test_a_run_of_the_collector_may_do_exactly_this(template: Template) -> None:
    assert template.grants("CollectorRole") == WHAT_LAMBDA_DOES | {
        Grant("s3:GetObject", f"{BUCKET}/raw/*"),
        Grant("s3:PutObject", f"{BUCKET}/raw/*"),
        Grant("s3:GetObject", f"{BUCKET}/catalog/*"),
        Grant("s3:PutObject", f"{BUCKET}/catalog/*"),
        Grant("s3:ListBucket", BUCKET),
        Grant("secretsmanager:GetSecretValue", "<Credentials/cloudflare-spectrum--main>"),
        Grant(
            "secretsmanager:GetSecretValue",
            "arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:team/cloudflare-??????",
        ),
        Grant("cloudwatch:PutMetricData", "*", NAMESPACES),
    }


def test_a_run_of_the_compactor_may_do_exactly_this(template: Template) -> None:
    assert template.grants("CompactorRole") == WHAT_LAMBDA_DOES | {
        Grant("s3:ListBucket", BUCKET),
        Grant("s3:GetObject", f"{BUCKET}/raw/*"),
        Grant("s3:DeleteObject", f"{BUCKET}/raw/*"),
        Grant("s3:GetObject", f"{BUCKET}/history/*"),
        Grant("s3:PutObject", f"{BUCKET}/history/*"),
        Grant("s3:PutObject", f"{BUCKET}/reports/compaction/*"),
        Grant("cloudwatch:GetMetricData", "*"),
    }


def test_each_function_runs_with_its_own_role(template: Template) -> None:
    for name in ("Collector", "Compactor"):
        assert template.at(f"{name}/Function")["Role"] == f"<{name}Role.Arn>"
        assert template.trust(f"{name}Role")["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_a_schedule_may_start_the_functions_and_report_what_it_could_not_start(template: Template) -> None:
    assert template.grants("SchedulerRole") == {
        Grant("lambda:InvokeFunction", "<Collector/Function.Arn>"),
        Grant("lambda:InvokeFunction", "<Compactor/Function.Arn>"),
        Grant("sqs:SendMessage", "<Missed/Queue.Arn>"),
    }


def test_only_schedules_of_this_stack_may_use_their_role(template: Template) -> None:
    trust = template.trust("SchedulerRole")
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "<AWS::AccountId>", "aws:SourceArn": "<ScheduleGroup.Arn>"}
    }


def test_nobody_else_has_permissions(template: Template) -> None:
    assert len(template.all("AWS::IAM::Role")) == 3
    assert not template.all("AWS::IAM::Policy")
    assert not template.all("AWS::IAM::ManagedPolicy")
    assert not template.all("AWS::Lambda::Permission")


def test_buckets_and_queues_refuse_everybody_without_tls_and_allow_nobody(template: Template) -> None:
    policies = template.properties("AWS::S3::BucketPolicy") + template.properties("AWS::SQS::QueuePolicy")
    assert len(policies) == 3
    for policy in policies:
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Principal"] == {"AWS": "*"}
        assert statement["Action"] in ("s3:*", "sqs:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_policy_covers_the_bucket_and_its_objects(template: Template) -> None:
    (statement,) = template.only("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert statement["Resource"] == ["<Storage/Bucket.Arn>", "<Storage/Bucket.Arn>/*"]


def test_both_queues_have_their_policy(template: Template) -> None:
    protected = [queue for policy in template.properties("AWS::SQS::QueuePolicy") for queue in policy["Queues"]]
    assert sorted(protected) == ["<Failures/Queue>", "<Missed/Queue>"]

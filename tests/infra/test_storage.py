"""What is kept, how, and for how long."""

import pytest

from tests.infra.template import Template


def test_the_bucket_is_encrypted_private_and_versioned(template: Template) -> None:
    bucket = template.only("AWS::S3::Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}


def test_no_object_expires_by_its_age(template: Template) -> None:
    (rule,) = template.only("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert rule.keys() & {"ExpirationInDays", "ExpirationDate", "Transitions"} == set()
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"])
def test_minutes_unsaved_rows_and_tokens_outlive_the_stack_but_not_a_failed_creation(
    template: Template, kind: str
) -> None:
    (resource,) = template.all(kind)
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"


def test_log_lines_go_after_the_configured_days(template: Template) -> None:
    assert template.only("AWS::Logs::LogGroup")["RetentionInDays"] == 14


def test_a_new_secret_is_created_empty(template: Template) -> None:
    (secret,) = template.all("AWS::SecretsManager::Secret")
    assert secret["Properties"]["Name"] == "cloudflare-spectrum/main"
    assert not secret["Properties"].keys() & {"SecretString", "GenerateSecretString"}


def test_lost_events_are_kept_encrypted_for_two_weeks(template: Template) -> None:
    queues = template.properties("AWS::SQS::Queue")
    assert len(queues) == 2
    for queue in queues:
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_everything_that_can_be_tagged_is(template: Template) -> None:
    taggable = {
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
        "AWS::Logs::LogGroup",
        "AWS::SQS::Queue",
        "AWS::IAM::Role",
        "AWS::Lambda::Function",
        "AWS::Scheduler::ScheduleGroup",
        "AWS::Athena::WorkGroup",
    }
    for kind in taggable:
        assert template.all(kind)
        for properties in template.properties(kind):
            assert properties["Tags"] == [{"Key": "project", "Value": "spectrum-meter"}], kind

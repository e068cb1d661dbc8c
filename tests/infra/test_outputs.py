"""What the deployment says at its end."""

from tests.infra.template import Template


def test_the_outputs_say_what_was_made(template: Template) -> None:
    outputs = template.outputs()
    assert outputs["BucketName"] == "<Storage/Bucket>"
    assert outputs["FunctionName"] == "<Collector/Function>"
    assert outputs["CompactorName"] == "<Compactor/Function>"
    assert outputs["DatabaseName"] == "<Catalog/Database>"
    assert outputs["WorkgroupName"] == "<Queries/Workgroup>"
    assert outputs["FailureQueueUrl"] == "<Failures/Queue>"
    assert outputs["ScheduleQueueUrl"] == "<Missed/Queue>"


def test_the_next_command_reads_the_token_from_standard_input(template: Template) -> None:
    assert template.outputs()["PutSecret1"] == (
        "aws secretsmanager put-secret-value --region <AWS::Region> --secret-id cloudflare-spectrum/main "
        "--secret-string file:///dev/stdin"
    )


def test_a_secret_that_was_there_before_needs_no_command(template: Template) -> None:
    assert not [value for value in template.outputs().values() if "team/cloudflare" in value]

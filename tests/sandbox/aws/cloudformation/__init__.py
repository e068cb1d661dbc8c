"""moto's CloudFormation, taught the resource types that it lacks or only half knows, and the order of real deployments.

Types that moto knows well enough for the bootstrap stack stay moto's: ECR repositories, SSM parameters, KMS keys.
"""

from functools import cache

from tests.sandbox.aws.cloudformation import (
    athena,
    cloudwatch,
    function,
    glue,
    iam,
    logs,
    metadata,
    s3,
    scheduler,
    secretsmanager,
    sns,
    sqs,
)
from tests.sandbox.aws.cloudformation.change_sets import take_over
from tests.sandbox.aws.cloudformation.model import teach
from tests.sandbox.aws.cloudformation.resource import ResourceType

TAUGHT: tuple[ResourceType, ...] = (
    function.EventInvokeConfig(),
    function.Function(),
    function.Permission(),
    iam.ManagedPolicy(),
    iam.Policy(),
    iam.Role(),
    iam.RolePolicy(),
    glue.Database(),
    athena.NamedQuery(),
    glue.Table(),
    athena.WorkGroup(),
    metadata.Metadata(),
    cloudwatch.Alarm(),
    cloudwatch.CompositeAlarm(),
    cloudwatch.AnomalyDetector(),
    cloudwatch.Dashboard(),
    logs.LogGroup(),
    sns.Subscription(),
    sns.Topic(),
    sns.TopicPolicy(),
    s3.Bucket(),
    s3.BucketPolicy(),
    scheduler.Schedule(),
    scheduler.ScheduleGroup(),
    secretsmanager.Secret(),
    sqs.Queue(),
    sqs.QueuePolicy(),
)


@cache
def install() -> None:
    """Teaches moto, once in a process."""
    for kind in TAUGHT:
        teach(kind)
    take_over()

"""Where the minutes are kept: one private bucket that outlives the stack."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct


class Storage(Construct):
    """The bucket of `raw/`, `history/`, `reports/` and `catalog/`.

    Versioned: a minute cannot be asked for again, so a deleted or overwritten object stays recoverable for 30 days.
    That costs nothing while objects are written once, as `raw/` is. No object expires by its age: raw days end when
    the compactor has verified their history, which no lifecycle rule could know.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create the bucket: encrypted, TLS only, closed to the public, kept when the stack is deleted."""
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            versioned=True,
            # Of a first deployment that fails nothing is kept.
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="deleted-and-overwritten",
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    expired_object_delete_marker=True,
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
        )
        cdk.Validations.of(self.bucket).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-S1",
                reason="Access logs would be a second bucket to keep and pay for; two roles write here, and an account "
                "that wants an audit trail has CloudTrail data events.",
            )
        )

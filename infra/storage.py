"""What outlives the stack: the private bucket, and the secrets that hold Cloudflare credentials."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.configuration import Source


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


class Credentials(Construct):
    """One secret for each name that the sources use.

    A created secret is empty until `put-secret-value` is run: the token never passes through a template, a parameter
    or cdk.json. CloudFormation deletes a secret at once, without a recovery window. So the stack never deletes one that
    may hold a token: it keeps a secret that is renamed, declared existing or removed from the configuration, and all of
    them when the stack itself is deleted. Only the failure of the deployment that created it removes one again.
    """

    def __init__(self, scope: Construct, construct_id: str, *, sources: Sequence[Source]) -> None:
        """Create the secrets that are not there yet."""
        super().__init__(scope, construct_id)
        self.arns: list[str] = []
        """What may be read, exactly."""
        self.created: list[str] = []
        """Names of the secrets that wait for a value."""
        for name, existing in {source.secret: source.existing_secret for source in sources}.items():
            if existing:
                self.arns.append(self._arn_of_existing(name))
            else:
                self.created.append(name)
                self.arns.append(self._create(name).ref)

    def _create(self, name: str) -> secretsmanager.CfnSecret:
        secret = secretsmanager.CfnSecret(
            self, name, name=name, description="Cloudflare credential that Spectrum Meter polls with"
        )
        secret.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        cdk.Validations.of(secret).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SMG4",
                reason="Only Cloudflare makes tokens. A new value is used from the next run on, without a deploy.",
            )
        )
        return secret

    def _arn_of_existing(self, name: str) -> str:
        # Secrets Manager ends every ARN with a hyphen and six random characters:
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
        return cdk.Stack.of(self).format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{name}-??????",
            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
        )

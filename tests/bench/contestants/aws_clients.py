"""What any function that does this job needs of AWS: boto3 and three clients."""

import boto3


def make_clients() -> None:
    """Make the clients that the collector has, too."""
    for service in ("s3", "secretsmanager", "cloudwatch"):
        boto3.client(service)

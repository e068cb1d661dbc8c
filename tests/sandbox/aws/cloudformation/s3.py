"""S3 in CloudFormation: buckets and their policies."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

import json
from typing import Any

from tests.sandbox.aws.backstage import REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, refuse_others

_LIFECYCLE_RULE = ("Id", "Status", "Prefix", "AbortIncompleteMultipartUpload", "ExpirationInDays")
_NONCURRENT = ("NoncurrentVersionExpiration", "NoncurrentVersionExpirationInDays", "ExpiredObjectDeleteMarker")


class Bucket(ResourceType):
    """`AWS::S3::Bucket`. moto's own loses versioning, public access blocks, ownership and lifecycle."""

    type = "AWS::S3::Bucket"
    name_property = "BucketName"
    longest_name = 63
    replaced_by = frozenset({"BucketName"})
    attribute_names = ("Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL")

    def create(self, name: str, properties: Properties) -> str:
        backstage("s3").create_bucket(Bucket=name)
        self.update(name, {}, properties)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        refuse_others(self.type, new, ("BucketName", "AccessControl", *_SETTERS))
        s3 = backstage("s3")
        for name, (setter, arguments, remover) in _SETTERS.items():
            if name in new and new[name] != old.get(name):
                getattr(s3, setter)(Bucket=physical_id, **arguments(new[name]))
            elif name in old and name not in new:
                getattr(s3, remover)(Bucket=physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("s3").delete_bucket(Bucket=physical_id)  # refused unless empty, as in AWS

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {
            "Arn": f"arn:aws:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
            "DualStackDomainName": f"{physical_id}.s3.dualstack.{REGION}.amazonaws.com",
            "RegionalDomainName": f"{physical_id}.s3.{REGION}.amazonaws.com",
            "WebsiteURL": f"http://{physical_id}.s3-website-{REGION}.amazonaws.com",
        }


class BucketPolicy(ResourceType):
    """`AWS::S3::BucketPolicy`. `Ref` is the bucket's name."""

    type = "AWS::S3::BucketPolicy"
    replaced_by = frozenset({"Bucket"})

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("Bucket", "PolicyDocument"))
        bucket: str = properties["Bucket"]
        backstage("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(properties["PolicyDocument"]))
        return bucket

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self.create(physical_id, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("s3").delete_bucket_policy(Bucket=physical_id)


def _encryption(value: Properties) -> dict[str, Any]:
    rules = [
        {("ApplyServerSideEncryptionByDefault" if k == "ServerSideEncryptionByDefault" else k): v for k, v in r.items()}
        for r in value["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(value: Properties) -> dict[str, Any]:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}}


def _lifecycle_rule(rule: Properties) -> dict[str, Any]:
    refuse_others("AWS::S3::Bucket.LifecycleConfiguration.Rules", rule, _LIFECYCLE_RULE + _NONCURRENT)
    api: dict[str, Any] = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        api["ID"] = rule["Id"]
    if "AbortIncompleteMultipartUpload" in rule:
        api["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    if "ExpirationInDays" in rule:
        api["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "ExpiredObjectDeleteMarker" in rule:
        api["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    if "NoncurrentVersionExpirationInDays" in rule:
        api["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    if "NoncurrentVersionExpiration" in rule:
        api["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    return api


def _same(parameter: str) -> Any:
    """The property as this one parameter: most S3 calls spell it as the template does."""
    return lambda value: {parameter: value}


_SETTERS: dict[str, tuple[str, Any, str]] = {
    "BucketEncryption": ("put_bucket_encryption", _encryption, "delete_bucket_encryption"),
    "LifecycleConfiguration": ("put_bucket_lifecycle_configuration", _lifecycle, "delete_bucket_lifecycle"),
    "OwnershipControls": (
        "put_bucket_ownership_controls",
        _same("OwnershipControls"),
        "delete_bucket_ownership_controls",
    ),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        _same("PublicAccessBlockConfiguration"),
        "delete_public_access_block",
    ),
    "Tags": ("put_bucket_tagging", lambda tags: {"Tagging": {"TagSet": tags}}, "delete_bucket_tagging"),
    "VersioningConfiguration": ("put_bucket_versioning", _same("VersioningConfiguration"), ""),
}
"""Property: the call that sets it, its parameters, and the call that takes it away."""

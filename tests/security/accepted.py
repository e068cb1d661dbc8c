"""What checkov finds in the template and is meant to be so, with its reason. What is not found any more has to go."""

from typing import Final

_KEYS: Final = (
    "Encrypted with AWS's own key. A key of one's own ($1 a month, and a charge for each use) would add an audit trail "
    "and a second lock, whose policy can make the data unreadable for ever. Who wants one for the Cloudflare token "
    "makes the secret with it beforehand and sets existing_secret."
)
_LOGGING: Final = (
    "Access logs would be a second bucket to keep and pay for; CloudTrail data events tell the same (infra/storage.py)."
)
_TOPIC: Final = (
    "Alarms cannot publish under AWS's own key for SNS, and its texts leave by mail anyway "
    "(infra/monitoring/constructs.py)."
)
_QUEUES: Final = (
    "They are encrypted: SqsManagedSseEnabled, which this check does not know "
    "(https://github.com/bridgecrewio/checkov/issues/7381); tests/infra/test_storage.py holds it."
)
_VARIABLES: Final = "The variables hold names, numbers and a public address, and no secret."
_CONCURRENCY: Final = (
    "New accounts have too little concurrency to reserve any: reserved_concurrency sets it for the collector. The "
    "compactor is started once an hour, and what two of its runs do at once is safe."
)
_DEAD_LETTERS: Final = (
    "Failed events go to a queue by OnFailure of the invoke configuration, a resource of its own that this check does "
    "not look at (infra/functions.py)."
)
_VPC: Final = (
    "Nothing of theirs is in a VPC. In one they would need a NAT gateway to reach Cloudflare: a bill, and one more "
    "thing that can fail."
)

ACCEPTED: Final[dict[tuple[str, str], str]] = {
    ("CKV_AWS_18", "AWS::S3::Bucket"): _LOGGING,
    ("CKV_AWS_26", "AWS::SNS::Topic"): _TOPIC,
    ("CKV_AWS_27", "AWS::SQS::Queue"): _QUEUES,
    ("CKV_AWS_115", "AWS::Lambda::Function"): _CONCURRENCY,
    ("CKV_AWS_116", "AWS::Lambda::Function"): _DEAD_LETTERS,
    ("CKV_AWS_117", "AWS::Lambda::Function"): _VPC,
    ("CKV_AWS_149", "AWS::SecretsManager::Secret"): _KEYS,
    ("CKV_AWS_158", "AWS::Logs::LogGroup"): _KEYS,
    ("CKV_AWS_173", "AWS::Lambda::Function"): _VARIABLES,
}
"""Check and type of resource -> why."""

"""S3's own rules where moto has others: a bucket policy's conditions.

moto lets a Deny statement strike whenever its condition does *not* hold, so a bucket that refuses calls without TLS
would refuse them all.
"""

import json
from functools import cache
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from tests.sandbox.aws.actions import ALWAYS
from tests.sandbox.aws.permissions import Request, read_policy


@cache
def install() -> None:
    """Puts these rules in the place of moto's, for this process."""
    FakeBucket.get_permission = _get_permission  # type: ignore[method-assign]


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    statements = json.loads(self.policy)["Statement"] if self.policy else []
    policy = read_policy(
        {"Statement": {name: value for name, value in statement.items() if name != "Principal"}}
        for statement in (statements if isinstance(statements, list) else [statements])
        if _is_for_everyone(statement)
    )
    request = Request(action, (resource,), ALWAYS)
    if policy.denies(request):
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if policy.allows(request) else PermissionResult.NEUTRAL


def _is_for_everyone(statement: dict[str, Any]) -> bool:
    return statement["Principal"] in ("*", {"AWS": "*"})

"""The deployed roles: what they are granted, whom they trust, and credentials to act as one."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend, Role, iam_backends

from tests.sandbox.aws.backstage import ACCOUNT, REGION
from tests.sandbox.aws.permissions import Policy, Request, read_policy


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of a role, as Lambda hands them to a function."""

    access_key_id: str
    secret_access_key: str
    session_token: str

    def environment(self) -> dict[str, str]:
        """The variables under which every AWS SDK finds them."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


def credentials_of(role_name: str) -> Credentials:
    """Credentials that tell this role's calls from all others; the same at every call."""
    digest = hashlib.sha256(role_name.encode()).hexdigest().upper()
    return Credentials(f"ASIA{digest[:16]}", digest[16:56].lower(), f"session-of-{role_name}")


def policy_of(role_name: str) -> Policy:
    """Everything that the role's inline and attached policies grant, read from moto's IAM.

    Raises `LookupError` when there is no such role.
    """
    role = _role(role_name)
    return read_policy(_documents(role))


def trusts(role_arn: str, service: str, *, source_arn: str = "") -> bool:
    """Whether this role exists and its trust policy lets this service (`lambda.amazonaws.com`) assume it.

    `source_arn` is the resource on whose behalf the service does so.
    """
    try:
        role = _role(role_arn.rpartition("/")[2])
    except LookupError:
        return False
    statements = json.loads(role.assume_role_policy_document)["Statement"]
    context = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": source_arn}
    return any(_admits(statement, service, context) for statement in statements)


def learn_managed_policy(arn: str) -> None:
    """Makes moto know one of AWS's own managed policies; it would take all 1,500 or none."""
    backend = _backend()
    if arn.startswith("arn:aws:iam::aws:policy/") and arn not in backend.managed_policies:
        name = arn.rpartition("/")[2]
        policy = AWSManagedPolicy.from_data(name, ACCOUNT, REGION, _aws_managed_policies()[name])
        backend.managed_policies[arn] = policy


def _backend() -> IAMBackend:
    return iam_backends[ACCOUNT]["aws"]


def _role(name: str) -> Role:
    for role in _backend().roles.values():
        if role.name == name:
            return role
    raise LookupError(f"no role {name} is deployed")


def _documents(role: Role) -> Iterator[Mapping[str, Any]]:
    for document in role.policies.values():
        yield json.loads(document)
    for policy in role.managed_policies.values():
        version = next(version for version in policy.versions if version.is_default)
        yield json.loads(version.document)


def _admits(statement: Mapping[str, Any], service: str, context: Mapping[str, str]) -> bool:
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    if service not in ([services] if isinstance(services, str) else services):
        return False
    granted = {**{name: value for name, value in statement.items() if name != "Principal"}, "Resource": "*"}
    return read_policy([{"Statement": granted}]).allows(Request("sts:AssumeRole", ("*",), context))


@lru_cache(maxsize=1)
def _aws_managed_policies() -> dict[str, Any]:
    policies: dict[str, Any] = json.loads(aws_managed_policies_data)
    return policies

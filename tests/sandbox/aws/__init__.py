"""A stand-in for AWS: moto over HTTP, every call recorded, faults on request, and a CloudFormation that is complete."""

from tests.sandbox.aws.calls import Call
from tests.sandbox.aws.double import AwsDouble
from tests.sandbox.aws.faults import Fault
from tests.sandbox.aws.permissions import Grant, Policy, Request
from tests.sandbox.aws.roles import Credentials, policy_of

__all__ = ["AwsDouble", "Call", "Credentials", "Fault", "Grant", "Policy", "Request", "policy_of"]

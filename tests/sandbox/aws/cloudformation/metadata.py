"""What the CDK adds to every template."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType


class Metadata(ResourceType):
    """`AWS::CDK::Metadata`: says which constructs were used, and makes nothing."""

    type = "AWS::CDK::Metadata"

    def create(self, name: str, properties: Properties) -> str:
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Nothing."""

"""A deployed stack's template, with its references followed as far as the function's properties need."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True)
class StackTemplate:
    """The template and what its names became."""

    stack: str
    resources: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    """Physical names by logical id, and AWS's pseudo parameters."""

    @classmethod
    def read(cls, stack: str, cloudformation: "CloudFormationClient") -> Self:
        """Read a deployed stack. Raises TypeError when its template is not JSON, as CDK's are."""
        body: Any = cloudformation.get_template(StackName=stack)["TemplateBody"]
        if isinstance(body, str):  # boto3 decodes JSON, and leaves YAML alone.
            raise TypeError(f"the template of stack {stack} is not JSON; deploy it with the CDK")
        deployed = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        _, _, _, region, account, _ = deployed[0]["StackId"].split(":", 5)
        names = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in deployed}
        return cls(stack, body["Resources"], names | {"AWS::Region": region, "AWS::AccountId": account})

    def properties_of(self, resource_type: str, physical_name: str) -> Mapping[str, Any]:
        """Properties of the resource with this type and physical name. Raises LookupError when there is none."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == resource_type and self.names.get(logical_id) == physical_name:
                properties: Mapping[str, Any] = resource["Properties"]
                return properties
        raise LookupError(f"stack {self.stack} deployed no {resource_type} named {physical_name}")

    def resolve(self, value: Any) -> str:
        """Follow a plain string, `Ref`, or `Fn::Sub` of names. Raises ValueError for any other form."""
        match value:
            case str():
                return value
            case {"Ref": str(name)}:
                return self.names[name]
            case {"Fn::Sub": str(text)}:
                return re.sub(r"\$\{([^}]+)\}", lambda match: self.names[match[1]], text)
            case _:
                raise ValueError(f"stack {self.stack}: cannot follow {value!r}; teach StackTemplate.resolve this form")

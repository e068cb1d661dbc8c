"""Reads a CloudFormation template by what its resources are, not by their generated ids."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Grant:
    """One thing that a role may do."""

    action: str
    resource: str
    conditions: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A synthesised template."""

    content: dict[str, Any]
    stack: str = "SpectrumMeter"

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Every resource of a type, whole."""
        return [resource for resource in self.content["Resources"].values() if resource["Type"] == kind]

    def properties(self, kind: str) -> list[dict[str, Any]]:
        """The properties of every resource of a type, references written out."""
        return [self.plain(resource["Properties"]) for resource in self.all(kind)]

    def only(self, kind: str) -> dict[str, Any]:
        """The properties of the only resource of a type."""
        (properties,) = self.properties(kind)
        return properties

    def at(self, path: str) -> dict[str, Any]:
        """The properties of the resource whose construct stands at this path: `Storage/Bucket`."""
        (found,) = (r for name, r in self.content["Resources"].items() if self._name(name) == path)
        properties: dict[str, Any] = self.plain(found["Properties"])
        return properties

    def outputs(self) -> dict[str, Any]:
        """The outputs' values by name."""
        return {name: self.plain(output["Value"]) for name, output in self.content["Outputs"].items()}

    def trust(self, role: str) -> dict[str, Any]:
        """Who may assume the role at this path, and when."""
        (statement,) = self.at(role)["AssumeRolePolicyDocument"]["Statement"]
        plain: dict[str, Any] = statement
        return plain

    def grants(self, role_path: str) -> set[Grant]:
        """Everything that the role at this path may do."""
        role = self.at(role_path)
        assert "ManagedPolicyArns" not in role
        statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
        assert {s["Effect"] for s in statements} == {"Allow"}
        return {
            Grant(action, resource, str(statement.get("Condition", "")))
            for statement in statements
            for action in _listed(statement["Action"])
            for resource in _listed(statement["Resource"])
        }

    def plain(self, value: Any) -> Any:
        """Write references as `<the resource's path without its construct>`, and joins as the text that they make."""
        if isinstance(value, list):
            return [self.plain(item) for item in value]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": str(name)}:
                return f"<{self._name(name)}>"
            case {"Fn::GetAtt": [str(name), str(attribute)]}:
                return f"<{self._name(name)}.{attribute}>"
            case {"Fn::Join": [str(separator), list(parts)]}:
                return separator.join(str(self.plain(part)) for part in parts)
        return {key: self.plain(item) for key, item in value.items()}

    def _name(self, logical_id: str) -> str:
        """`Storage/Bucket` for the bucket of the construct `Storage`; pseudo parameters keep their name."""
        resource = self.content["Resources"].get(logical_id)
        if resource is None:
            return logical_id
        path: str = resource["Metadata"]["aws:cdk:path"]
        return path.removeprefix(f"{self.stack}/").removesuffix("/Resource")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

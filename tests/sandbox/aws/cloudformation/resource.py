"""What CloudFormation has to know about one resource type."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

Properties = Mapping[str, Any]
"""A resource's properties as the template has them, every `Ref` and function resolved."""


class PropertyError(ValueError):
    """The template asks for something that the service would refuse, or that this stand-in does not know."""


class ResourceType(ABC):
    """One resource type: the API calls that make, change and remove it, and what the template can read from it.

    Names, return values and which change means replacement: the type's page in the CloudFormation Template Reference
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/).
    """

    type: ClassVar[str]
    name_property: ClassVar[str] = ""
    """The property that names the resource; without it CloudFormation makes up a name."""
    longest_name: ClassVar[int] = 64
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    """Properties whose change makes a new resource in place of the old one."""
    attribute_names: ClassVar[tuple[str, ...]] = ()
    """What `Fn::GetAtt` may ask for."""

    @abstractmethod
    def create(self, name: str, properties: Properties) -> str:
        """Makes the resource and returns what `Ref` gives, its physical id."""

    @abstractmethod
    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Changes the resource in place."""

    @abstractmethod
    def delete(self, physical_id: str, properties: Properties) -> None:
        """Removes the resource."""

    def attributes(self, physical_id: str, properties: Properties) -> Mapping[str, str]:  # noqa: ARG002
        """What `Fn::GetAtt` gives, by attribute name."""
        return {}


def without(properties: Properties, *names: str) -> dict[str, Any]:
    """The properties but these, for a call whose parameters are named like the properties."""
    return {name: value for name, value in properties.items() if name not in names}


def refuse_others(resource_type: str, properties: Properties, known: Iterable[str]) -> None:
    """Raises `PropertyError`, naming every property that would otherwise be lost without a word."""
    others = sorted(set(properties) - set(known))
    if others:
        raise PropertyError(
            f"{resource_type}: the sandbox does not know the properties {', '.join(others)}: "
            "teach them in tests/sandbox/aws/cloudformation/"
        )


def tag_map(properties: Properties) -> dict[str, str]:
    """The `Tags` list as the map that some services want."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}

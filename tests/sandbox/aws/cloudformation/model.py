"""Makes moto's CloudFormation know a resource type: one subclass of `CloudFormationModel` for each."""

from typing import Any

from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.common_models import CloudFormationModel

from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType


def teach(kind: ResourceType) -> type[CloudFormationModel]:
    """A model of this type; moto finds it because it is a direct subclass, and prefers it to its own."""
    return type(kind.type.replace("::", ""), (CloudFormationModel,), _members(kind))


def _members(kind: ResourceType) -> dict[str, Any]:
    """The interface that moto's template parser calls, in moto's words."""

    def __init__(self: Any, physical_id: str, properties: Properties) -> None:  # noqa: N807
        self.physical_resource_id = physical_id
        self.properties = properties

    def get_cfn_attribute(self: Any, attribute: str) -> str:
        attributes = kind.attributes(self.physical_resource_id, self.properties)
        if attribute not in attributes:
            raise UnformattedGetAttTemplateException
        return attributes[attribute]

    def delete(self: Any, _account: str, _region: str) -> None:
        kind.delete(self.physical_resource_id, self.properties)

    def create(
        cls: type[Any],
        /,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        _account: str,
        _region: str,
        **_: Any,
    ) -> Any:
        properties = _present(cloudformation_json["Properties"])
        name = properties.get(kind.name_property) or _shortened(resource_name, kind.longest_name)
        return cls(kind.create(name, properties), properties)

    def update(  # noqa: PLR0917 (moto's own signature)
        cls: type[Any],
        /,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Any:
        old, new = original_resource.properties, _present(cloudformation_json["Properties"])
        if any(old.get(name) != new.get(name) for name in kind.replaced_by):
            replacement = create(cls, new_resource_name, cloudformation_json, account_id, region_name)
            if cloudformation_json.get("UpdateReplacePolicy") != "Retain":
                kind.delete(original_resource.physical_resource_id, old)
            return replacement
        kind.update(original_resource.physical_resource_id, old, new)
        original_resource.properties = new
        return original_resource

    return {
        "__module__": __name__,
        "__init__": __init__,
        "cloudformation_type": staticmethod(lambda: kind.type),
        "cloudformation_name_type": staticmethod(lambda: ""),
        "has_cfn_attr": classmethod(lambda _cls, attribute: attribute in kind.attribute_names),
        "is_created": lambda _self: True,
        "get_cfn_attribute": get_cfn_attribute,
        "delete": delete,
        "create_from_cloudformation_json": classmethod(create),
        "update_from_cloudformation_json": classmethod(update),
    }


def _present(value: Any) -> Any:
    """The value without `AWS::NoValue`, which moto drops from maps and leaves in lists."""
    if isinstance(value, dict):
        return {name: _present(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_present(item) for item in value if item is not None]
    return value


def _shortened(name: str, longest: int) -> str:
    """A made-up name that fits; its random end is what tells it from others."""
    stem, _, end = name.rpartition("-")
    return f"{stem[: longest - len(end) - 1]}-{end}"

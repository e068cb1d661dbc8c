"""Athena in CloudFormation: workgroups and named queries."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

from moto.athena.models import athena_backends

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, without


class WorkGroup(ResourceType):
    """`AWS::Athena::WorkGroup`. `Ref` is its name."""

    type = "AWS::Athena::WorkGroup"
    name_property = "Name"
    longest_name = 128
    replaced_by = frozenset({"Name"})

    def create(self, name: str, properties: Properties) -> str:
        plain = without(properties, "Name", "State", "RecursiveDeleteOption", "WorkGroupConfiguration")
        backstage("athena").create_work_group(
            Name=name, Configuration=properties.get("WorkGroupConfiguration", {}), **plain
        )
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self.delete(physical_id, old)  # moto has no UpdateWorkGroup
        self.create(physical_id, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("athena").delete_work_group(WorkGroup=physical_id)


class NamedQuery(ResourceType):
    """`AWS::Athena::NamedQuery`. `Ref` is its generated id."""

    type = "AWS::Athena::NamedQuery"
    longest_name = 128
    replaced_by = frozenset({"Name", "Database", "Description", "QueryString", "WorkGroup"})
    attribute_names = ("NamedQueryId",)

    def create(self, name: str, properties: Properties) -> str:
        identifier: str = backstage("athena").create_named_query(**{"Name": name, **properties})["NamedQueryId"]
        return identifier

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing: every property replaces the query."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        athena_backends[ACCOUNT][REGION].named_queries.pop(physical_id)  # moto has no DeleteNamedQuery

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"NamedQueryId": physical_id}

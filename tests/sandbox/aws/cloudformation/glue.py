"""Glue in CloudFormation: databases and tables."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

from tests.sandbox.aws.backstage import backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, without


class Database(ResourceType):
    """`AWS::Glue::Database`. `Ref` is its name."""

    type = "AWS::Glue::Database"
    longest_name = 255
    replaced_by = frozenset({"DatabaseName"})

    def create(self, name: str, properties: Properties) -> str:
        name = properties.get("DatabaseName") or properties["DatabaseInput"].get("Name") or name.lower()
        description = {**properties["DatabaseInput"], "Name": name}
        backstage("glue").create_database(**{**without(properties, "DatabaseName"), "DatabaseInput": description})
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        description = {**new["DatabaseInput"], "Name": physical_id}
        backstage("glue").update_database(CatalogId=new["CatalogId"], Name=physical_id, DatabaseInput=description)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("glue").delete_database(CatalogId=properties["CatalogId"], Name=physical_id)


class Table(ResourceType):
    """`AWS::Glue::Table`. `Ref` is its name."""

    type = "AWS::Glue::Table"
    longest_name = 255
    replaced_by = frozenset({"CatalogId", "DatabaseName", "Name"})

    def create(self, name: str, properties: Properties) -> str:
        name = properties.get("Name") or properties["TableInput"].get("Name") or name.lower()
        table = {**properties["TableInput"], "Name": name}
        backstage("glue").create_table(**{**without(properties, "Name"), "TableInput": table})
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        table = {**new["TableInput"], "Name": physical_id}
        backstage("glue").update_table(**{**without(new, "Name"), "TableInput": table})

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("glue").delete_table(
            CatalogId=properties["CatalogId"], DatabaseName=properties["DatabaseName"], Name=physical_id
        )

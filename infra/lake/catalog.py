"""The database: every table and view that can be asked."""

import aws_cdk as cdk
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.lake import DATABASE, HISTORIES, TABLES
from infra.configuration import Configuration
from infra.lake.table import table_input
from infra.lake.view import view_input


class Catalog(Construct):
    """The Glue database with its tables and views. They hold no data: deleting them deletes nothing in the bucket."""

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, configuration: Configuration
    ) -> None:
        """Create them over this bucket."""
        super().__init__(scope, construct_id)
        self._account = cdk.Stack.of(self).account
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self._account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=DATABASE, description="Cloudflare Spectrum usage, minute by minute"
            ),
        )
        name, days = bucket.bucket_name, configuration.raw_retention_days
        tables = [
            self._create(table.name, table_input(table, bucket=name, raw_retention_days=days)) for table in TABLES
        ]
        for history in HISTORIES:
            view = self._create(history.name, view_input(history, open_days=configuration.open_days))
            for table in tables:
                view.add_resource_dependency(table)

    def _create(self, name: str, table: glue.CfnTable.TableInputProperty) -> glue.CfnTable:
        return glue.CfnTable(self, name, catalog_id=self._account, database_name=self.database.ref, table_input=table)

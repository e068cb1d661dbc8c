"""Where queries run, what they may cost, and the shipped ones."""

from pathlib import Path
from typing import Final

from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from constructs import Construct

from contract.lake import WORKGROUP

QUERIES: Final = Path(__file__).resolve().parent.parent / "sql" / "queries"
BYTES_PER_GB: Final = 1_000_000_000


class Queries(Construct):
    """The Athena workgroup and its named queries, one for each file in `infra/sql/queries`."""

    def __init__(self, scope: Construct, construct_id: str, *, database: glue.CfnDatabase, scan_limit_gb: int) -> None:
        """Create the workgroup, whose settings nobody overrides: a query that reads more than the limit is ended."""
        super().__init__(scope, construct_id)
        self.workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=WORKGROUP,
            description="Questions to Spectrum Meter's lake",
            # Its queries' history goes with it; without this a workgroup that was used could not be deleted.
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                bytes_scanned_cutoff_per_query=scan_limit_gb * BYTES_PER_GB,
                publish_cloud_watch_metrics_enabled=True,
                # Athena keeps results itself, encrypted, for 24 hours, at no cost: no bucket to own and to clean.
                # https://docs.aws.amazon.com/athena/latest/ug/managed-results.html
                managed_query_results_configuration=athena.CfnWorkGroup.ManagedQueryResultsConfigurationProperty(
                    enabled=True
                ),
            ),
        )
        for file in sorted(QUERIES.glob("*.sql")):
            text = file.read_text(encoding="utf-8")
            athena.CfnNamedQuery(
                self,
                file.stem,
                name=file.stem,
                description=_question(text),
                database=database.ref,
                query_string=text,
                work_group=self.workgroup.ref,
            )


def _question(text: str) -> str:
    """The first line of a query file is the question that it answers, as a comment."""
    return text.partition("\n")[0].removeprefix("--").strip()

"""The functions' log: lines of JSON, their health metrics among them."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_logs as logs
from constructs import Construct


class RunLog(Construct):
    """The log group, kept when the stack is deleted: rows that S3 would not take stand only here."""

    def __init__(self, scope: Construct, construct_id: str, *, retention_days: int) -> None:
        """Create the log group; lines older than `retention_days` go."""
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(self, "LogGroup", removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        # The L2 construct takes names for the possible numbers of days; the configuration has checked the number.
        cast(logs.CfnLogGroup, self.log_group.node.default_child).retention_in_days = retention_days

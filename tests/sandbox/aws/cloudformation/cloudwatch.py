"""CloudWatch in CloudFormation: alarms, composite alarms, anomaly detectors and dashboards."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

import json
from typing import Any, Final

from moto.cloudwatch.models import cloudwatch_backends

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, PropertyError, ResourceType, refuse_others, without


class Alarm(ResourceType):
    """`AWS::CloudWatch::Alarm`.

    A new alarm is in INSUFFICIENT_DATA, and a changed one in the state that it was in
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html). moto says OK of both.
    """

    type = "AWS::CloudWatch::Alarm"
    name_property = "AlarmName"
    longest_name = 255
    replaced_by = frozenset({"AlarmName"})
    attribute_names = ("Arn",)

    def create(self, name: str, properties: Properties) -> str:
        self._put(name, properties, "INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        (alarm,) = backstage("cloudwatch").describe_alarms(AlarmNames=[physical_id])["MetricAlarms"]
        self._put(physical_id, new, alarm["StateValue"], alarm["StateReason"])

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{physical_id}"}

    def _put(self, name: str, properties: Properties, state: str, reason: str) -> None:
        cloudwatch = backstage("cloudwatch")
        cloudwatch.put_metric_alarm(AlarmName=name, **without(properties, "AlarmName"))
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)
        # moto's own does not keep it, and tells it once it is there.
        kept = cloudwatch_backends[ACCOUNT][REGION].alarms[name]
        vars(kept)["warm_up_configuration"] = properties.get("WarmUpConfiguration")


class CompositeAlarm(ResourceType):
    """`AWS::CloudWatch::CompositeAlarm`. Its rule is read when it is made, and may name only alarms that are there."""

    type = "AWS::CloudWatch::CompositeAlarm"
    name_property = "AlarmName"
    longest_name = 255
    replaced_by = frozenset({"AlarmName"})
    attribute_names = ("Arn",)

    def create(self, name: str, properties: Properties) -> str:
        self._put(name, properties, "INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        (alarm,) = backstage("cloudwatch").describe_alarms(AlarmNames=[physical_id])["CompositeAlarms"]
        self._put(physical_id, new, alarm["StateValue"], alarm["StateReason"])

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{physical_id}"}

    def _put(self, name: str, properties: Properties, state: str, reason: str) -> None:
        # With the first one: the parser takes a while to load.
        from tests.sandbox.cloudwatch.alarms.composite import CompositeAlarm as Read
        from tests.sandbox.cloudwatch.alarms.composite import RefusedRule

        try:
            read = Read.read({"AlarmName": name, "AlarmRule": properties["AlarmRule"]})
        except RefusedRule as error:
            raise PropertyError(str(error)) from None
        if missing := sorted(read.children - cloudwatch_backends[ACCOUNT][REGION].alarms.keys()):
            raise PropertyError(f"{name}: its AlarmRule names alarms that are not there: {', '.join(missing)}")
        refuse_others(
            self.type, properties, ("AlarmName", "AlarmRule", "AlarmDescription", "ActionsEnabled", "Tags", *_ACTIONS)
        )
        # moto has no PutCompositeAlarm; an alarm with a rule is one of DescribeAlarms' `CompositeAlarms`.
        nothing: dict[str, Any] = dict.fromkeys(
            (
                "namespace",
                "metric_name",
                "comparison_operator",
                "evaluation_periods",
                "period",
                "threshold",
                "statistic",
            )
        )
        cloudwatch_backends[ACCOUNT][REGION].put_metric_alarm(
            name=name,
            **nothing,
            rule=properties["AlarmRule"],
            description=properties.get("AlarmDescription", ""),
            dimensions=[],
            tags=properties.get("Tags"),
            actions_enabled=properties.get("ActionsEnabled", True),
            **{argument: properties.get(kind, []) for kind, argument in _ACTIONS.items()},
        )
        backstage("cloudwatch").set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)


_ACTIONS: Final = {
    "AlarmActions": "alarm_actions",
    "OKActions": "ok_actions",
    "InsufficientDataActions": "insufficient_data_actions",
}
"""A composite alarm's properties, and moto's names of them."""


class AnomalyDetector(ResourceType):
    """`AWS::CloudWatch::AnomalyDetector` of a single metric. `Ref` is an id that CloudFormation makes up."""

    type = "AWS::CloudWatch::AnomalyDetector"
    replaced_by = frozenset({"SingleMetricAnomalyDetector"})

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("SingleMetricAnomalyDetector",))
        backstage("cloudwatch").put_anomaly_detector(**properties)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing: every property that is known here replaces the detector."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("cloudwatch").delete_anomaly_detector(**properties)


class Dashboard(ResourceType):
    """`AWS::CloudWatch::Dashboard`. moto's own takes what is no JSON, and forgets the name in an update."""

    type = "AWS::CloudWatch::Dashboard"
    name_property = "DashboardName"
    longest_name = 255
    replaced_by = frozenset({"DashboardName"})

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("DashboardName", "DashboardBody", "Tags"))
        json.loads(properties["DashboardBody"])
        backstage("cloudwatch").put_dashboard(DashboardName=name, DashboardBody=properties["DashboardBody"])
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self.create(physical_id, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("cloudwatch").delete_dashboards(DashboardNames=[physical_id])

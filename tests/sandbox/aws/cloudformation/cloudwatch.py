"""CloudWatch in CloudFormation: alarms, anomaly detectors and dashboards."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

import json

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, refuse_others, without


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

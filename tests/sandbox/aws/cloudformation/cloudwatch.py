"""CloudWatch in CloudFormation: alarms. Dashboards are moto's own."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, without


class Alarm(ResourceType):
    """`AWS::CloudWatch::Alarm`."""

    type = "AWS::CloudWatch::Alarm"
    name_property = "AlarmName"
    longest_name = 255
    replaced_by = frozenset({"AlarmName"})
    attribute_names = ("Arn",)

    def create(self, name: str, properties: Properties) -> str:
        backstage("cloudwatch").put_metric_alarm(AlarmName=name, **without(properties, "AlarmName"))
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self.create(physical_id, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{physical_id}"}

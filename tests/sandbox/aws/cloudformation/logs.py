"""CloudWatch Logs in CloudFormation."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, refuse_others, tag_map


class LogGroup(ResourceType):
    """`AWS::Logs::LogGroup`. moto's own cannot be changed."""

    type = "AWS::Logs::LogGroup"
    name_property = "LogGroupName"
    longest_name = 512
    replaced_by = frozenset({"LogGroupName", "LogGroupClass"})
    attribute_names = ("Arn",)

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("LogGroupName", "KmsKeyId", "LogGroupClass", "RetentionInDays", "Tags"))
        names = {"KmsKeyId": "kmsKeyId", "LogGroupClass": "logGroupClass"}
        plain = {names[key]: value for key, value in properties.items() if key in names}
        backstage("logs").create_log_group(logGroupName=name, tags=tag_map(properties), **plain)
        self.update(name, {}, properties)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        logs = backstage("logs")
        if "RetentionInDays" in new:
            logs.put_retention_policy(logGroupName=physical_id, retentionInDays=new["RetentionInDays"])
        elif "RetentionInDays" in old:
            logs.delete_retention_policy(logGroupName=physical_id)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("logs").delete_log_group(logGroupName=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{physical_id}:*"}

"""SNS in CloudFormation: topics, their policies and subscriptions."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

import json

from tests.sandbox.aws.backstage import backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, refuse_others


class Topic(ResourceType):
    """`AWS::SNS::Topic`. `Ref` is its ARN."""

    type = "AWS::SNS::Topic"
    name_property = "TopicName"
    longest_name = 256
    replaced_by = frozenset({"TopicName", "FifoTopic"})
    attribute_names = ("TopicArn", "TopicName")

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("TopicName", "Tags", *_TOPIC_ATTRIBUTES))
        arn: str = backstage("sns").create_topic(
            Name=name, Attributes=_topic_attributes(properties), Tags=properties.get("Tags", [])
        )["TopicArn"]
        return arn

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        refuse_others(self.type, new, ("TopicName", "Tags", *_TOPIC_ATTRIBUTES))
        gone = dict.fromkeys(_topic_attributes(old), "")
        for name, value in (gone | _topic_attributes(new)).items():
            backstage("sns").set_topic_attributes(TopicArn=physical_id, AttributeName=name, AttributeValue=value)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("sns").delete_topic(TopicArn=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"TopicArn": physical_id, "TopicName": physical_id.rpartition(":")[2]}


class TopicPolicy(ResourceType):
    """`AWS::SNS::TopicPolicy`: one policy for each of its topics."""

    type = "AWS::SNS::TopicPolicy"
    attribute_names = ("Id",)

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("PolicyDocument", "Topics"))
        document = json.dumps(properties["PolicyDocument"])
        for arn in properties["Topics"]:
            backstage("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self.create(physical_id, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Nothing: a topic always has a policy, and goes with it."""

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Id": physical_id}


class Subscription(ResourceType):
    """`AWS::SNS::Subscription`. `Ref` is its ARN."""

    type = "AWS::SNS::Subscription"
    replaced_by = frozenset({"TopicArn", "Protocol", "Endpoint"})
    attribute_names = ("Arn",)

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("TopicArn", "Protocol", "Endpoint"))
        arn: str = backstage("sns").subscribe(ReturnSubscriptionArn=True, **properties)["SubscriptionArn"]
        return arn

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing: every property that is known here replaces the subscription."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("sns").unsubscribe(SubscriptionArn=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Arn": physical_id}


_TOPIC_ATTRIBUTES = ("DisplayName", "KmsMasterKeyId", "FifoTopic", "SignatureVersion", "TracingConfig")


def _topic_attributes(properties: Properties) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in properties.items()
        if name in _TOPIC_ATTRIBUTES
    }

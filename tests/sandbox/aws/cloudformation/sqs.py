"""SQS in CloudFormation: queues and their policies."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

import json
from typing import Any

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, ResourceType, refuse_others, tag_map


class Queue(ResourceType):
    """`AWS::SQS::Queue`. `Ref` is the queue's URL. moto's own forgets most of an update."""

    type = "AWS::SQS::Queue"
    name_property = "QueueName"
    longest_name = 80
    replaced_by = frozenset({"QueueName", "FifoQueue"})
    attribute_names = ("Arn", "QueueName", "QueueUrl")

    def create(self, name: str, properties: Properties) -> str:
        url: str = backstage("sqs").create_queue(
            QueueName=name, Attributes=_attributes(properties), tags=tag_map(properties)
        )["QueueUrl"]
        return url

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        sqs = backstage("sqs")
        # moto forgets the policy in every call that does not name it.
        kept = sqs.get_queue_attributes(QueueUrl=physical_id, AttributeNames=["Policy"]).get("Attributes", {})
        sqs.set_queue_attributes(QueueUrl=physical_id, Attributes={**kept, **_attributes(new)})

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("sqs").delete_queue(QueueUrl=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        name = physical_id.rpartition("/")[2]
        return {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}", "QueueName": name, "QueueUrl": physical_id}


class QueuePolicy(ResourceType):
    """`AWS::SQS::QueuePolicy`: one policy for each of its queues."""

    type = "AWS::SQS::QueuePolicy"
    attribute_names = ("Id",)

    def create(self, name: str, properties: Properties) -> str:
        refuse_others(self.type, properties, ("PolicyDocument", "Queues"))
        self._set(properties["Queues"], json.dumps(properties["PolicyDocument"]))
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self._set(sorted(set(old["Queues"]) - set(new["Queues"])), "")
        self.create(physical_id, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._set(properties["Queues"], "")

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Id": physical_id}

    def _set(self, queues: list[str], policy: str) -> None:
        for url in queues:
            backstage("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _attributes(properties: Properties) -> dict[str, str]:
    """Queue attributes are strings, and named like the properties."""
    known = backstage("sqs").meta.service_model.shape_for("QueueAttributeName").enum
    refuse_others(Queue.type, properties, ("QueueName", "Tags", *known))
    return {name: _text(value) for name, value in properties.items() if name not in ("QueueName", "Tags")}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

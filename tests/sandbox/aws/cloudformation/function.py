"""Lambda in CloudFormation: functions, how they are invoked, and by whom."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

from typing import Any

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, PropertyError, ResourceType, tag_map, without
from tests.sandbox.aws.permissions import Request
from tests.sandbox.aws.roles import policy_of, trusts

_DESTINATION_ACTIONS = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}


class Function(ResourceType):
    """`AWS::Lambda::Function`. Its role must exist and trust Lambda. moto's own loses its architecture."""

    type = "AWS::Lambda::Function"
    name_property = "FunctionName"
    replaced_by = frozenset({"FunctionName", "PackageType"})
    attribute_names = ("Arn",)

    def create(self, name: str, properties: Properties) -> str:
        _check_role(properties["Role"])
        plain = without(properties, "FunctionName", "Tags", "ReservedConcurrentExecutions")
        backstage("lambda").create_function(FunctionName=name, Tags=tag_map(properties), **plain)
        _set_concurrency(name, {}, properties)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        _check_role(new["Role"])
        functions = backstage("lambda")
        settings = without(
            new, "FunctionName", "Tags", "ReservedConcurrentExecutions", "Code", "PackageType", "Architectures"
        )
        if "Environment" in old:
            settings.setdefault("Environment", {"Variables": {}})
        functions.update_function_configuration(FunctionName=physical_id, **settings)
        architectures = {"Architectures": new["Architectures"]} if "Architectures" in new else {}
        functions.update_function_code(FunctionName=physical_id, **new["Code"], **architectures)
        _set_concurrency(physical_id, old, new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("lambda").delete_function(FunctionName=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{physical_id}"}


class EventInvokeConfig(ResourceType):
    """`AWS::Lambda::EventInvokeConfig`. `Ref` is `FunctionName|Qualifier`.

    Lambda refuses a destination that the function's role may not send to at that very moment, so a template that
    does not wait for the role's policy fails now and then (https://github.com/aws-amplify/amplify-js/issues/9869).
    """

    type = "AWS::Lambda::EventInvokeConfig"
    replaced_by = frozenset({"FunctionName", "Qualifier"})

    def create(self, name: str, properties: Properties) -> str:
        _check_destinations(properties)
        backstage("lambda").put_function_event_invoke_config(**properties)
        return f"{properties['FunctionName']}|{properties['Qualifier']}"

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        self.delete(physical_id, old)  # moto would keep the first one it was given
        self.create("", new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("lambda").delete_function_event_invoke_config(FunctionName=properties["FunctionName"])


class Permission(ResourceType):
    """`AWS::Lambda::Permission`: one statement in the function's own policy."""

    type = "AWS::Lambda::Permission"
    longest_name = 100
    replaced_by = frozenset(
        {"FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken", "PrincipalOrgID"}
    )
    attribute_names = ("Id",)

    def create(self, name: str, properties: Properties) -> str:
        backstage("lambda").add_permission(StatementId=name, **properties)
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        """Nothing: every property replaces the statement."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("lambda").remove_permission(FunctionName=properties["FunctionName"], StatementId=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Id": physical_id}


def _check_role(role: str) -> None:
    if not trusts(role, "lambda.amazonaws.com"):
        raise PropertyError(f"The role defined for the function cannot be assumed by Lambda: {role}")


def _check_destinations(properties: Properties) -> None:
    name: str = properties["FunctionName"]
    role: str = backstage("lambda").get_function_configuration(FunctionName=name)["Role"]
    policy = policy_of(role.rpartition("/")[2])
    for destination in properties.get("DestinationConfig", {}).values():
        arn = destination["Destination"]
        action = _DESTINATION_ACTIONS[arn.split(":")[2]]
        if not policy.allows(Request(action, (arn,))):
            raise PropertyError(
                f"The function's execution role does not have permissions to call {action} on {arn}. "
                "If the template grants it, the configuration does not wait for that policy"
            )


def _set_concurrency(name: str, old: Properties, new: Properties) -> None:
    key = "ReservedConcurrentExecutions"
    functions: Any = backstage("lambda")
    if key in new:
        functions.put_function_concurrency(FunctionName=name, **{key: new[key]})
    elif key in old:
        functions.delete_function_concurrency(FunctionName=name)

"""EventBridge Scheduler in CloudFormation."""

# ruff: noqa: ARG002 (every type implements the same interface; few need all of it)

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.cloudformation.resource import Properties, PropertyError, ResourceType, without
from tests.sandbox.aws.roles import trusts


class Schedule(ResourceType):
    """`AWS::Scheduler::Schedule`. Its role must exist and trust the scheduler, or the service refuses it."""

    type = "AWS::Scheduler::Schedule"
    name_property = "Name"
    replaced_by = frozenset({"Name", "GroupName"})
    attribute_names = ("Arn",)

    def create(self, name: str, properties: Properties) -> str:
        _check(properties)
        backstage("scheduler").create_schedule(Name=name, **without(properties, "Name"))
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        _check(new)
        backstage("scheduler").update_schedule(Name=physical_id, **without(new, "Name"))

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("scheduler").delete_schedule(Name=physical_id, GroupName=properties.get("GroupName", "default"))

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        group = properties.get("GroupName", "default")
        return {"Arn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{physical_id}"}


class ScheduleGroup(ResourceType):
    """`AWS::Scheduler::ScheduleGroup`."""

    type = "AWS::Scheduler::ScheduleGroup"
    name_property = "Name"
    replaced_by = frozenset({"Name"})
    attribute_names = ("Arn", "State")

    def create(self, name: str, properties: Properties) -> str:
        backstage("scheduler").create_schedule_group(Name=name, **without(properties, "Name"))
        return name

    def update(self, physical_id: str, old: Properties, new: Properties) -> None:
        arn = self.attributes(physical_id, new)["Arn"]
        backstage("scheduler").tag_resource(ResourceArn=arn, Tags=new.get("Tags", []))

    def delete(self, physical_id: str, properties: Properties) -> None:
        backstage("scheduler").delete_schedule_group(Name=physical_id)

    def attributes(self, physical_id: str, properties: Properties) -> dict[str, str]:
        return {"Arn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{physical_id}", "State": "ACTIVE"}


def _check(properties: Properties) -> None:
    """The scheduler assumes the role on behalf of the schedule's group.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
    """
    role = properties.get("Target", {}).get("RoleArn", "")
    group = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{properties.get('GroupName', 'default')}"
    if role and not trusts(role, "scheduler.amazonaws.com", source_arn=group):
        raise PropertyError(
            f"The execution role you provide must allow AWS EventBridge Scheduler to assume the role: {role}"
        )

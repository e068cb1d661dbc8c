"""Change sets as the CDK CLI uses them: refused for an unknown resource type, gone when deleted, found by one name."""

from typing import Any

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend

from tests.sandbox.aws.cloudformation.stack import TaughtStack, refuse_unknown_types


class ChangeSetNotFoundError(CloudFormationError):
    """What the CLI waits for after it deleted one. moto answers with another error, or fails."""

    code = "ChangeSetNotFound"

    def __init__(self, name: str) -> None:
        super().__init__(f"ChangeSet [{name}] does not exist")


_moto_create = CloudFormationBackend.create_change_set


def take_over() -> None:
    """Puts these stacks, and change sets made of them, in the place of moto's own, for this process."""
    models.Stack = TaughtStack  # type: ignore[misc]
    CloudFormationBackend.create_change_set = _create  # type: ignore[method-assign]
    CloudFormationBackend.describe_change_set = _describe  # type: ignore[method-assign]
    CloudFormationBackend.delete_change_set = _delete  # type: ignore[method-assign]
    CloudFormationBackend.execute_change_set = _execute  # type: ignore[method-assign]
    parsing.get_model_list.cache_clear()
    parsing.get_model_map.cache_clear()


def _create(self: CloudFormationBackend, stack_name: str, *arguments: Any, **keywords: Any) -> tuple[str, str]:
    """Refuses a template before there is a stack of it, and takes up one that waits for its first change set."""
    refuse_unknown_types(TaughtStack.parse_template(keywords["template"]))
    if keywords["change_set_type"] == "CREATE":
        for identifier, stack in list(self.stacks.items()):
            if stack.name == stack_name and stack.status == "REVIEW_IN_PROGRESS":
                del self.stacks[identifier]
    return _moto_create(self, stack_name, *arguments, **keywords)


def _describe(self: CloudFormationBackend, change_set_name: str) -> ChangeSet:
    # The CLI gives all its change sets one name: the newest is meant.
    for identifier, change_set in reversed(self.change_sets.items()):
        if change_set_name in (identifier, change_set.change_set_name):
            return change_set
    raise ChangeSetNotFoundError(change_set_name)


def _delete(self: CloudFormationBackend, change_set_name: str) -> None:
    for identifier, change_set in list(self.change_sets.items()):
        if change_set_name in (identifier, change_set.change_set_name):
            del self.change_sets[identifier]


def _execute(self: CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:  # noqa: ARG001
    change_set = _describe(self, change_set_name)
    stack = self.stacks[change_set.stack_id]
    assert isinstance(stack, TaughtStack)
    stack.carry_out(change_set)
    change_set.execution_status = "EXECUTE_COMPLETE"

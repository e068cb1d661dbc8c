"""Carries out a stack's change as CloudFormation does: in order of need, with events, and back again if it fails.

moto leaves out resource types that it does not know, creates in the template's order whatever `DependsOn` says, removes
before it adds, forgets outputs after a change set, leaves resources alone whose references changed under them, deletes
what is to be retained, and stops in the middle.
"""

import copy
import json
from typing import Any, Final

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet, Event, Stack
from moto.cloudformation.parsing import Export

from tests.sandbox.aws.cloudformation.order import creation_order
from tests.sandbox.aws.cloudformation.resource import Properties

_EMPTY: Final = '{"Resources": {}}'


class DeploymentError(Exception):
    """A resource could not be made, changed or removed."""


class TaughtStack(Stack):
    """A stack that is changed as CloudFormation changes it, one resource after the other."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.applied: dict[str, Any] = {}
        """Each resource as it was last made: its part of the template with every reference resolved."""
        self._created: set[str] = set()
        """Resources that the operation under way has created: its roll-back does not retain them all."""
        super().__init__(*arguments, **keywords)

    @property
    def exports(self) -> list[Export]:
        # moto asks before the resources are there, and would make them on the way.
        return super().exports if self.applied else []

    @property
    def stack_resources(self) -> list[Any]:
        return [self.resource_map._parsed_resources[name] for name in self.applied]

    @property
    def stack_parameters(self) -> dict[str, Any]:
        # What "the previous value" means: for a parameter that names an SSM parameter the name, not what it holds.
        defaults = {name: each.get("Default") for name, each in self.template_dict.get("Parameters", {}).items()}
        return defaults | self.parameters

    def create_resources(self) -> None:
        self._change("CREATE", str(self.template), self.parameters)

    def update(
        self,
        template: str,
        role_arn: str | None = None,
        parameters: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
    ) -> None:
        self.role_arn = role_arn
        self.tags = tags if tags is not None else self.tags
        self._change("UPDATE", template, parameters or self.parameters)

    def carry_out(self, change_set: ChangeSet) -> None:
        """What ExecuteChangeSet starts."""
        self._change(change_set.change_set_type, change_set.template, change_set.parameters)

    def delete(self) -> None:
        self._created.clear()
        self._enter("DELETE_IN_PROGRESS")
        try:
            self._go_to(_EMPTY, {})
        except DeploymentError as error:
            self._enter("DELETE_FAILED", str(error))
        else:
            self._enter("DELETE_COMPLETE")

    def _change(self, verb: str, template: str, parameters: dict[str, Any]) -> None:
        self._created.clear()
        before = (_EMPTY, {}) if verb == "CREATE" else (str(self.template), self.parameters)
        self._enter(f"{verb}_IN_PROGRESS")
        try:
            self._go_to(template, parameters)
        except (DeploymentError, ValidationError) as error:
            self._roll_back("ROLLBACK" if verb == "CREATE" else "UPDATE_ROLLBACK", before, str(error))
            return
        backend = models.cloudformation_backends[self.account_id][self.region_name]
        backend.exports.update({export.name: export for export in self.exports})
        self._enter(f"{verb}_COMPLETE")

    def _roll_back(self, status: str, before: tuple[str, dict[str, Any]], reason: str) -> None:
        self._enter(f"{status}_IN_PROGRESS", reason)
        try:
            self._go_to(*before)
        except (DeploymentError, ValidationError) as error:
            self._enter(f"{status}_FAILED", str(error))
        else:
            self._enter(f"{status}_COMPLETE")

    @staticmethod
    def parse_template(template: str) -> dict[str, Any]:
        # moto reads JSON as YAML, too, which took a third of a deployment's time in this process.
        try:
            parsed: dict[str, Any] = json.loads(template)
        except ValueError:
            return Stack.parse_template(template)
        return parsed

    def _parse_template(self) -> None:
        super()._parse_template()
        refuse_unknown_types(self.template_dict)

    def _go_to(self, template: str, parameters: dict[str, Any]) -> None:
        """Makes, changes and removes until the stack is what the template says."""
        resources = self.resource_map
        previous = dict(resources._resource_json_map)
        self.template, self.parameters = template, parameters
        self._parse_template()
        wanted = self.template_dict["Resources"]
        resources._template = self.template_dict
        resources._resource_json_map = wanted
        resources.input_parameters = parameters
        resources.load_mapping()
        resources.load_parameters()
        resources.load_conditions()
        present = [name for name in creation_order(wanted) if self._is_wanted(wanted[name])]
        for name in present:
            self._make(name, wanted[name])
        for name in reversed(creation_order(previous)):
            if name in self.applied and name not in present:
                self._remove(name, previous[name])
        self.output_map = self._create_output_map()
        _ = self.outputs  # read here, so that an unknown attribute fails the deployment

    def _is_wanted(self, resource: Properties) -> bool:
        return "Condition" not in resource or self.resource_map.lazy_condition_map[resource["Condition"]]

    def _make(self, name: str, template: Properties) -> None:
        resources = self.resource_map
        verb = "UPDATE" if name in self.applied else "CREATE"
        try:
            resolved = parsing.clean_json(copy.deepcopy(template), resources)
            if self.applied.get(name) == resolved:
                return
            made = self._made(verb, name, copy.deepcopy(template))
        except Exception as error:
            self._fail(verb, name, template, error)
        resources._parsed_resources[name] = made
        self.applied[name] = resolved
        if verb == "CREATE":
            self._created.add(name)
        self._tell(f"{verb}_COMPLETE", name, made)

    def _made(self, verb: str, name: str, template: Properties) -> Any:
        act: Any = parsing.parse_and_update_resource if verb == "UPDATE" else parsing.parse_and_create_resource
        made = act(name, template, self.resource_map, self.account_id, self.region_name)
        if made is None:
            raise DeploymentError("moto cannot change a resource of this type")
        return made

    def _remove(self, name: str, template: Properties) -> None:
        resource = self.resource_map._parsed_resources[name]
        if self._is_retained(name, template):
            self._tell("DELETE_SKIPPED", name, resource)
        else:
            try:
                self.resource_map._delete_resource(resource, dict(template))
            except Exception as error:
                self._fail("DELETE", name, template, error)
            self._tell("DELETE_COMPLETE", name, resource)
        del self.applied[name], self.resource_map._parsed_resources[name]

    def _is_retained(self, name: str, template: Properties) -> bool:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html"""
        policy = template.get("DeletionPolicy")
        return policy == "Retain" or (policy == "RetainExceptOnCreate" and name not in self._created)

    def _fail(self, verb: str, name: str, template: Properties, error: Exception) -> None:
        self._add_event(f"{verb}_FAILED", name, "", template["Type"], str(error))
        raise DeploymentError(f"{template['Type']} {name}: {error}") from error

    def _enter(self, status: str, reason: str | None = None) -> None:
        """The stack's own state."""
        self.status = status
        self._add_stack_event(status, resource_status_reason=reason)

    def _tell(self, status: str, name: str, resource: Any) -> None:
        """A resource's state."""
        self._add_event(status, name, resource.physical_resource_id, resource.cf_resource_type, None)

    def _add_event(self, status: str, name: str, physical_id: str, resource_type: str, reason: str | None) -> None:
        event = Event(
            stack_id=self.stack_id,
            stack_name=self.name,
            logical_resource_id=name,
            physical_resource_id=physical_id,
            resource_type=resource_type,
            resource_status=status,
            resource_status_reason=reason,
            resource_properties=None,
        )
        self.events.append(event)


def refuse_unknown_types(template: Properties) -> None:
    """Raises moto's `ValidationError` naming every resource type that would otherwise be left out without a word."""
    types = {resource["Type"] for resource in template["Resources"].values()}
    unknown = sorted(types - set(parsing.get_model_map()))
    if unknown:
        raise ValidationError(
            message=f"Template format error: Unrecognized resource types: {unknown}. "
            "The sandbox has not been taught them: see tests/sandbox/aws/cloudformation/"
        )

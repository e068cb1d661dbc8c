"""In which order CloudFormation makes a template's resources."""

from graphlib import TopologicalSorter
from typing import Any, Final

from tests.sandbox.aws.cloudformation.resource import Properties

_LATE: Final = frozenset({"AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"})
"""CloudFormation makes at the same time what does not wait for each other. Policies come as late as they may, so that a
template that forgot to wait for one fails here each time, and not in AWS now and then."""


def creation_order(resources: Properties) -> list[str]:
    """The resources' names, each after all that it refers to or waits for.

    Raises `graphlib.CycleError` for resources that need each other.
    """
    position = {name: (resource["Type"] in _LATE, index) for index, (name, resource) in enumerate(resources.items())}
    sorter = TopologicalSorter({name: _needs(resource) & set(resources) for name, resource in resources.items()})
    sorter.prepare()
    order: list[str] = []
    ready = list(sorter.get_ready())
    while ready:
        ready.sort(key=position.__getitem__)
        order.append(ready.pop(0))
        sorter.done(order[-1])
        ready.extend(sorter.get_ready())
    return order


def _needs(value: Any) -> set[str]:
    """Every name that stands in `DependsOn`, `Ref`, `Fn::GetAtt` or `Fn::Sub` somewhere in the value."""
    if isinstance(value, list):
        return set().union(*(_needs(item) for item in value))
    if not isinstance(value, dict):
        return set()
    return set().union(*(_named(key, item) | _needs(item) for key, item in value.items()))


def _named(key: str, value: Any) -> set[str]:
    if key in ("Ref", "DependsOn"):
        return {value} if isinstance(value, str) else set(value)
    if key == "Fn::GetAtt":
        return {value.partition(".")[0] if isinstance(value, str) else value[0]}
    if key == "Fn::Sub":
        text = value if isinstance(value, str) else value[0]
        return {part.partition("}")[0].partition(".")[0] for part in text.split("${")[1:]}
    return set()

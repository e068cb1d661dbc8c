"""Who may do what: the part of IAM's policy language that this project uses, evaluated as AWS documents it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html: everything
is denied unless a statement allows it, and one that denies it wins over all that allow it.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller wants to do: one action, on one or several resources, in a context of condition keys."""

    action: str
    resources: tuple[str, ...]
    """ARNs; `*` for an action that knows no resources. An action on several needs all of them."""
    context: Mapping[str, str] = field(default_factory=dict)
    """Condition keys and their values, such as `cloudwatch:namespace`. Keys do not depend on case."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One action on one resource, as a policy spells them."""

    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a policy."""

    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Operator, condition key, values: all must hold, each with any of its values."""

    def covers(self, request: Request, resource: str) -> bool:
        """Whether this statement speaks of this request."""
        return (
            any(_matches(pattern, request.action, ignore_case=True) for pattern in self.actions)
            and any(_matches(pattern, resource) for pattern in self.resources)
            and all(_holds(operator, key, values, request.context) for operator, key, values in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that is granted to one role."""

    statements: tuple[Statement, ...]

    def allows(self, request: Request) -> bool:
        """Whether IAM would let this request through."""
        return all(self._allows(request, resource) for resource in request.resources)

    def _allows(self, request: Request, resource: str) -> bool:
        effects = {statement.effect for statement in self.statements if statement.covers(request, resource)}
        return effects == {"Allow"}

    def denies(self, request: Request) -> bool:
        """Whether a Deny statement speaks of this request."""
        return any(
            statement.effect == "Deny" and statement.covers(request, resource)
            for statement in self.statements
            for resource in request.resources
        )

    def refused(self, requests: Iterable[Request]) -> tuple[Request, ...]:
        """The requests that IAM would refuse."""
        return tuple(request for request in requests if not self.allows(request))

    def unused(self, requests: Iterable[Request]) -> tuple[Grant, ...]:
        """The grants that no request needed."""
        made = tuple(requests)
        return tuple(
            Grant(action, resource)
            for statement in self.statements
            if statement.effect == "Allow"
            for action in statement.actions
            for resource in statement.resources
            if not _exercised(Statement("Allow", (action,), (resource,), statement.conditions), made)
        )


def read_policy(documents: Iterable[Mapping[str, Any]]) -> Policy:
    """The policy that these documents make together.

    Raises `ValueError` for a part of the language that is not evaluated here, so that nothing is passed over.
    """
    return Policy(tuple(_statement(raw) for document in documents for raw in _listed(document["Statement"])))


def _statement(raw: Mapping[str, Any]) -> Statement:
    unknown = set(raw) - {"Sid", "Effect", "Action", "Resource", "Condition"}
    if unknown:
        raise ValueError(f"the sandbox does not evaluate {sorted(unknown)} in a policy statement: {raw}")
    conditions = tuple(
        (operator, key.lower(), tuple(str(value).lower() if isinstance(value, bool) else value for value in values))
        for operator, keys in raw.get("Condition", {}).items()
        for key, values in ((key, _listed(value)) for key, value in keys.items())
    )
    for operator, _, _ in conditions:
        _operator(operator)
    return Statement(raw["Effect"], tuple(_listed(raw["Action"])), tuple(_listed(raw["Resource"])), conditions)


def _exercised(grant: Statement, requests: Iterable[Request]) -> bool:
    return any(grant.covers(request, resource) for request in requests for resource in request.resources)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _holds(operator: str, key: str, values: tuple[str, ...], context: Mapping[str, str]) -> bool:
    """A key that the request does not have fails the condition, unless the operator ends in `IfExists` or is negated.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    compare, negated, if_exists = _operator(operator)
    present = {name.lower(): value for name, value in context.items()}
    if key not in present:
        return if_exists or negated
    return any(compare(value, present[key]) for value in values) is not negated


def _operator(name: str) -> tuple[Callable[[str, str], bool], bool, bool]:
    bare = name.removesuffix("IfExists")
    if bare not in _OPERATORS:
        raise ValueError(f"the sandbox does not evaluate the condition operator {name}: teach it in permissions.py")
    compare, negated = _OPERATORS[bare]
    return compare, negated, bare != name


@lru_cache(maxsize=4096)
def _pattern(pattern: str, *, ignore_case: bool) -> re.Pattern[str]:
    body = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile(body, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _matches(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    return _pattern(pattern, ignore_case=ignore_case).fullmatch(text) is not None


_OPERATORS: Final[dict[str, tuple[Callable[[str, str], bool], bool]]] = {
    "StringEquals": (str.__eq__, False),
    "StringNotEquals": (str.__eq__, True),
    "StringLike": (_matches, False),
    "StringNotLike": (_matches, True),
    "ArnEquals": (_matches, False),
    "ArnLike": (_matches, False),
    "Bool": (lambda wanted, found: wanted.lower() == found.lower(), False),
}

"""Composite alarms: a rule over the states of other alarms, evaluated whenever one of them changes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html: a new one is in
INSUFFICIENT_DATA, is evaluated at once, and is never in that state again. Taken here and not documented: of an alarm on
several time series it reads the alarm's own state. Not modelled: AT_LEAST, action suppression, cycles.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self, TypeAlias

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from tests.sandbox.cloudwatch.alarms.state import State
from tests.sandbox.cloudwatch.alarms.walk import Transition

_MOST_CHILDREN: Final = 100
_MOST_ELEMENTS: Final = 500
"""Children, TRUE and FALSE, and parentheses: those around a child's name are counted too, to be safe."""
_LONGEST: Final = 10_240
_GRAMMAR: Final = r"""
    ?start: either
    ?either: both ("OR" both)*
    ?both: one ("AND" one)*
    ?one: "NOT" one -> negation
        | STATE "(" NAME ")" -> child
        | "TRUE" -> true
        | "FALSE" -> false
        | "(" either ")"
    STATE: "ALARM" | "OK" | "INSUFFICIENT_DATA"
    NAME: /"[^"]+"/ | /[^\s"()]+/
    %ignore /\s+/
"""

States: TypeAlias = Mapping[str, State]
_Holds: TypeAlias = Callable[[States], bool]


class RefusedRule(ValueError):
    """CloudWatch would not take this AlarmRule."""


@dataclass(frozen=True, slots=True)
class CompositeAlarm:
    """One composite alarm."""

    name: str
    children: frozenset[str]
    """Names of alarms."""
    holds: _Holds
    """Whether it is in ALARM, by the states of its children."""

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> Self:
        """Read an item of `CompositeAlarms`. Raises RefusedRule."""
        name, rule = described["AlarmName"], described["AlarmRule"]
        if len(rule) > _LONGEST:
            raise RefusedRule(f"{name}: an AlarmRule of {len(rule)} characters; at most {_LONGEST} are allowed")
        reader = _Reader()
        try:
            holds: _Holds = reader.transform(_PARSER.parse(rule))
        except UnexpectedInput as error:
            raise RefusedRule(f"{name}: AlarmRule not understood at {error.get_context(rule).strip()!r}") from None
        elements = rule.count("(") + rule.count(")") + rule.count("TRUE") + rule.count("FALSE") + len(reader.children)
        if len(reader.children) > _MOST_CHILDREN or elements > _MOST_ELEMENTS:
            raise RefusedRule(
                f"{name}: an AlarmRule of {len(reader.children)} children and {elements} elements; at most "
                f"{_MOST_CHILDREN} and {_MOST_ELEMENTS} are allowed"
            )
        return cls(name, frozenset(reader.children), holds)


def composite_transitions(
    composites: Iterable[CompositeAlarm], changes: Iterable[Transition], start: datetime
) -> Iterator[Transition]:
    """Yield what becomes of composite alarms that are made at `start`, as the alarms on metrics change, in any order.

    An alarm without a change is in INSUFFICIENT_DATA. Composites come after their children, as they must be made.
    """
    ordered = list(composites)
    states = {each.name: State.INSUFFICIENT_DATA for each in ordered}
    own = [change for change in changes if change.contributor is None]
    states |= {change.alarm: State.INSUFFICIENT_DATA for change in own}
    yield from _settled(ordered, states, start)
    for change in sorted(own, key=lambda each: each.at):
        states[change.alarm] = change.after
        yield from _settled(ordered, states, change.at, changed=change.alarm)


def _settled(
    composites: Iterable[CompositeAlarm], states: dict[str, State], at: datetime, changed: str | None = None
) -> Iterator[Transition]:
    touched = {changed}
    for each in composites:
        if changed is not None and not each.children & touched:
            continue
        before, after = states[each.name], State.ALARM if each.holds(states) else State.OK
        if after is not before:
            states[each.name] = after
            touched.add(each.name)
            yield Transition(at, each.name, None, before, after, ())


class _Reader(Transformer[Token, _Holds]):
    """Turns the parsed rule into what says whether it holds, and notes its children."""

    def __init__(self) -> None:
        super().__init__()
        self.children: set[str] = set()

    def child(self, tokens: list[Token]) -> _Holds:
        wanted, name = State(tokens[0]), tokens[1].strip('"').rpartition(":alarm:")[2]
        self.children.add(name)
        return lambda states: states.get(name, State.INSUFFICIENT_DATA) is wanted

    def either(self, parts: list[_Holds]) -> _Holds:
        return lambda states: any(part(states) for part in parts)

    def both(self, parts: list[_Holds]) -> _Holds:
        return lambda states: all(part(states) for part in parts)

    def negation(self, parts: list[_Holds]) -> _Holds:
        (part,) = parts
        return lambda states: not part(states)

    def true(self, _: list[Token]) -> _Holds:
        return lambda _states: True

    def false(self, _: list[Token]) -> _Holds:
        return lambda _states: False


_PARSER: Final = Lark(_GRAMMAR, parser="lalr")

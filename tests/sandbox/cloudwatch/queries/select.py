"""The text of a Metrics Insights query, read.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html

Namespaces, metric names and label keys must be in double quotes here. CloudWatch asks for them only around reserved
words (`Source` and `Zone` are two) and characters other than letters, digits and `_`; but with its long list of words,
which may grow, quoting everything is the only rule that cannot be got wrong
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-reserved-keywords.html).
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from tests.sandbox.cloudwatch.queries.errors import RefusedQuery

MOST: Final = 500
"""Time series of an answer."""
_GRAMMAR: Final = r"""
    start: "SELECT"i FUNCTION "(" name ")" "FROM"i source [where] [group] [order] [limit]
    source: name -> namespace
        | "SCHEMA"i "(" name ("," name)* ")" -> schema
    where: "WHERE"i condition ("AND"i condition)*
    condition: name OPERATOR TEXT
    group: "GROUP"i "BY"i name ("," name)*
    order: "ORDER"i "BY"i FUNCTION "(" ")" [DIRECTION]
    limit: "LIMIT"i NUMBER
    name: NAME | QUOTED
    FUNCTION.2: /(AVG|COUNT|MAX|MIN|SUM)(?=\s*\()/i
    DIRECTION.2: /(ASC|DESC)\b/i
    OPERATOR: "=" | "!="
    NAME: /[A-Za-z0-9_]+/
    QUOTED: /"(\\.|[^"\\])*"/
    TEXT: /'(\\.|[^'\\])*'/
    NUMBER: /\d+/
    %ignore /\s+/
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of WHERE."""

    key: str
    equal: bool
    value: str


@dataclass(frozen=True, slots=True)
class Select:
    """A query."""

    function: str
    metric: str
    namespace: str
    schema: frozenset[str] | None
    """Exactly these dimensions; None: whatever dimensions."""
    where: tuple[Condition, ...]
    group_by: tuple[str, ...]
    order_by: str
    """A function; empty for alphabetical order."""
    descending: bool
    limit: int


def select_of(text: str) -> Select:
    """Read it. Raises RefusedQuery."""
    try:
        select: Select = _Reader().transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        raise RefusedQuery(f"{text}: not understood at {error.get_context(text).splitlines()[0]!r}") from None
    except VisitError as error:
        raise error.orig_exc from None
    return select


class _Reader(Transformer[Token, Select]):
    """Turns the parsed text into a Select, from the leaves up."""

    def start(self, parts: list[Any]) -> Select:
        function, metric, (namespace, schema), where, group, order, limit = parts
        order_by, descending = order or ("", False)
        return Select(
            function=function.upper(),
            metric=metric,
            namespace=namespace,
            schema=schema,
            where=where or (),
            group_by=group or (),
            order_by=order_by,
            descending=descending,
            limit=MOST if limit is None else limit,
        )

    def namespace(self, parts: list[str]) -> tuple[str, None]:
        return parts[0], None

    def schema(self, parts: list[str]) -> tuple[str, frozenset[str]]:
        return parts[0], frozenset(parts[1:])

    def where(self, conditions: list[Condition]) -> tuple[Condition, ...]:
        return tuple(conditions)

    def condition(self, parts: list[str]) -> Condition:
        key, operator, text = parts
        return Condition(key, operator == "=", _unquoted(text))

    def group(self, names: list[str]) -> tuple[str, ...]:
        return tuple(names)

    def order(self, parts: list[str | None]) -> tuple[str, bool]:
        function, direction = parts
        return str(function).upper(), (direction or "ASC").upper() == "DESC"

    def limit(self, parts: list[str]) -> int:
        limit = int(parts[0])
        if not 1 <= limit <= MOST:
            raise RefusedQuery(f"LIMIT {limit}: 1 to {MOST} time series are allowed")
        return limit

    def name(self, parts: list[str]) -> str:
        if not parts[0].startswith('"'):
            raise RefusedQuery(f'{parts[0]} must be in double quotes: "{parts[0]}"; it may be a reserved word')
        return _unquoted(parts[0])


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


_PARSER: Final = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)

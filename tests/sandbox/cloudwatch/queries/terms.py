"""The text of a SEARCH: its schema, and the terms that choose among the metrics of that schema.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
"""

import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, VisitError

from tests.sandbox.cloudwatch.queries.errors import RefusedQuery, UnsupportedQuery
from tests.sandbox.cloudwatch.queries.stored import StoredMetric
from tests.sandbox.cloudwatch.queries.tokens import matches

_LONGEST: Final = 1024
_GRAMMAR: Final = r"""
    start: [schema] [","] [any]
    schema: "{" in_schema ("," in_schema)* "}"
    ?in_schema: QUOTED -> unquoted
        | WORD -> plain
    any: all ("OR" all)*
    all: one (["AND"] one)*
    ?one: "NOT" one -> without
        | "(" any ")"
        | name "=" value -> designated
        | value -> anywhere
    ?value: QUOTED -> exact
        | WORD -> partial
    ?name: QUOTED -> unquoted
        | WORD -> word
    QUOTED: /"(\\.|[^"\\])*"/
    WORD: /[^\s"(){},=]+/
    %ignore /\s+/
"""

Choice: TypeAlias = Callable[[StoredMetric], bool]
_Fits: TypeAlias = Callable[[str], bool]


def choice_of(text: str) -> Choice:
    """Read the text between the single quotes; returns what says of a metric whether it is found.

    Raises QueryError for a text that is no search.
    """
    if len(text) > _LONGEST:
        raise RefusedQuery(f"a SEARCH of {len(text)} characters; at most {_LONGEST} are allowed")
    try:
        choice: Choice = _Reader().transform(_PARSER.parse(text))
    except UnexpectedInput as error:
        raise RefusedQuery(f"SEARCH('{text}'): not understood at {error.get_context(text).splitlines()[0]!r}") from None
    except VisitError as error:
        raise error.orig_exc from None
    return choice


class _Reader(Transformer[Token, Choice]):
    """Turns the parsed text into a choice, from the leaves up."""

    def start(self, parts: list[Choice | None]) -> Choice:
        choices = [part for part in parts if part is not None]
        if not choices:
            raise RefusedQuery("a SEARCH needs a schema, a term, or both")
        return lambda metric: all(choice(metric) for choice in choices)

    def schema(self, names: list[str]) -> Choice:
        """Exactly these dimensions: `{AWS/EC2}` is the metrics without any."""
        namespace, *dimensions = names
        wanted = frozenset(dimensions)
        return lambda metric: metric.namespace == namespace and metric.schema == wanted

    def plain(self, tokens: list[Token]) -> str:
        """A name without quotes in the braces: of letters and digits only. AWS's own samples leave its slashes bare."""
        if not tokens[0].isalnum():
            raise RefusedQuery(
                f"{tokens[0]} must be in double quotes in {{…}}, as it is not of letters and digits alone"
            )
        return str(tokens[0])

    def any(self, choices: list[Choice]) -> Choice:
        return lambda metric: any(choice(metric) for choice in choices)

    def all(self, choices: list[Choice]) -> Choice:
        return lambda metric: all(choice(metric) for choice in choices)

    def without(self, choices: list[Choice]) -> Choice:
        (choice,) = choices
        return lambda metric: not choice(metric)

    def designated(self, parts: list[object]) -> Choice:
        name, fits = str(parts[0]), parts[1]
        assert callable(fits)
        if name.startswith(":aws."):
            raise UnsupportedQuery(f"the sandbox has one account and does not search by {name}")
        return lambda metric: any(fits(text) for text in _property(metric, name))

    def anywhere(self, fits: list[_Fits]) -> Choice:
        (one,) = fits
        return lambda metric: any(one(text) for text in _texts(metric))

    def exact(self, tokens: list[Token]) -> _Fits:
        wanted = _unquoted(tokens[0])
        return lambda text: text == wanted

    def partial(self, tokens: list[Token]) -> _Fits:
        wanted = str(tokens[0])
        return lambda text: matches(wanted, text)

    def unquoted(self, tokens: list[Token]) -> str:
        return _unquoted(tokens[0])

    def word(self, tokens: list[Token]) -> str:
        return str(tokens[0])


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _property(metric: StoredMetric, name: str) -> Iterable[str]:
    if name == "MetricName":
        return (metric.name,)
    if name == "Namespace":
        return (metric.namespace,)
    value = metric.value(name)
    return () if value is None else (value,)


def _texts(metric: StoredMetric) -> Iterable[str]:
    """Where a term without a property's name is looked for."""
    yield from (metric.name, metric.namespace)
    for name, value in metric.dimensions:
        yield from (name, value)


_PARSER: Final = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)

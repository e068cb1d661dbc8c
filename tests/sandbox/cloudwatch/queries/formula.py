"""A metric math expression, read into a tree.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax
"""

from dataclasses import dataclass
from typing import Final

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput

from tests.sandbox.cloudwatch.queries.errors import RefusedQuery

_GRAMMAR: Final = r"""
    ?start: either
    ?either: both
        | either (OR | OR_SIGN) both -> operation
    ?both: comparison
        | both (AND | AND_SIGN) comparison -> operation
    ?comparison: sum
        | comparison COMPARISON sum -> operation
    ?sum: product
        | sum (PLUS | MINUS) product -> operation
    ?product: signed
        | product TIMES signed -> operation
    ?signed: power
        | MINUS signed -> negative
    ?power: atom
        | atom POWER signed -> operation
    ?atom: NUMBER -> number
        | ID -> name
        | WORD -> keyword
        | TEXT -> text
        | WORD "(" [either ("," either)*] ")" -> call
        | "[" either ("," either)* "]" -> array
        | "(" either ")"
    OR: "OR"
    AND: "AND"
    OR_SIGN: "||"
    AND_SIGN: "&&"
    COMPARISON: "==" | "!=" | "<=" | ">=" | "<" | ">"
    PLUS: "+"
    MINUS: "-"
    TIMES: "*" | "/"
    POWER: "^"
    NUMBER: /\d+(\.\d+)?([eE][+-]?\d+)?|\.\d+/
    ID: /[a-z][A-Za-z0-9_]*/
    WORD: /[A-Z][A-Z0-9_]*/
    TEXT: /'(\\.|[^'\\])*'|"(\\.|[^"\\])*"/
    %ignore /\s+/
"""
"""Ids start with a lowercase letter and functions are in capitals: that is how the two are told apart."""


@dataclass(frozen=True, slots=True)
class Number:
    """A scalar."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """The Id of another query of the request."""

    id: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word in capitals that is no call: REPEAT, DESC, SUM as the order of a SORT."""

    word: str


@dataclass(frozen=True, slots=True)
class Text:
    """What stood between quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    function: str
    arguments: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands; AND and OR whichever way they were written."""

    operator: str
    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    operand: "Formula"


@dataclass(frozen=True, slots=True)
class Listed:
    """`[m1, m2]`: an array of time series."""

    items: tuple["Formula", ...]


Formula = Number | Name | Keyword | Text | Call | Operation | Negative | Listed
_SIGNS: Final = {"||": "OR", "&&": "AND"}


def formula_of(expression: str) -> Formula:
    """Read an expression. Raises RefusedQuery where it is not one."""
    try:
        formula: Formula = _Reader().transform(_PARSER.parse(expression))
    except UnexpectedInput as error:
        shown = error.get_context(expression).splitlines()[0]
        raise RefusedQuery(f"{expression}: not understood at {shown!r}") from None
    return formula


class _Reader(Transformer[Token, Formula]):
    """Turns the parsed text into a tree of the above, from the leaves up."""

    def number(self, tokens: list[Token]) -> Number:
        return Number(float(tokens[0]))

    def name(self, tokens: list[Token]) -> Name:
        return Name(str(tokens[0]))

    def keyword(self, tokens: list[Token]) -> Keyword:
        return Keyword(str(tokens[0]))

    def text(self, tokens: list[Token]) -> Text:
        return Text(tokens[0][1:-1])

    def call(self, parts: list[Token | Formula | None]) -> Call:
        return Call(str(parts[0]), tuple(part for part in parts[1:] if isinstance(part, Formula)))

    def operation(self, parts: list[Formula]) -> Operation:
        left, operator, right = parts
        return Operation(_SIGNS.get(str(operator), str(operator)), left, right)

    def negative(self, parts: list[Formula]) -> Negative:
        return Negative(parts[1])

    def array(self, items: list[Formula]) -> Listed:
        return Listed(tuple(items))


_PARSER: Final = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)

"""The queries of a request, brought together: each may use the others by their Ids.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final

from tests.sandbox.aws.metrics import Metrics
from tests.sandbox.cloudwatch.queries.argument import Argument, series_in, value_of
from tests.sandbox.cloudwatch.queries.arithmetic import operate
from tests.sandbox.cloudwatch.queries.errors import EmptySeries, QueryError, RefusedQuery, UnsupportedQuery
from tests.sandbox.cloudwatch.queries.formula import (
    Call,
    Formula,
    Keyword,
    Listed,
    Name,
    Negative,
    Number,
    Operation,
    Text,
    formula_of,
)
from tests.sandbox.cloudwatch.queries.functions import FUNCTIONS, KNOWN_ELSEWHERE
from tests.sandbox.cloudwatch.queries.insights import ALARM, GRAPH, insights
from tests.sandbox.cloudwatch.queries.labels import labelled
from tests.sandbox.cloudwatch.queries.line import Line
from tests.sandbox.cloudwatch.queries.query import Query, check, is_insights
from tests.sandbox.cloudwatch.queries.search import search, tell_apart
from tests.sandbox.cloudwatch.queries.series import Array, Span, TimeSeries, Value, without_units
from tests.sandbox.cloudwatch.queries.statistics import series_of
from tests.sandbox.cloudwatch.queries.stored import Stored, StoredMetric

DEFAULT_PERIOD_S: Final = 300


def evaluate(
    queries: Iterable[Query],
    metrics: Metrics,
    *,
    start: datetime,
    end: datetime,
    period_s: int = DEFAULT_PERIOD_S,
    for_alarm: bool = False,
) -> list[Line]:
    """The lines of the queries that return data, in the order of the queries.

    `period_s` is that of expressions which name no period, in a request without metrics that have one.
    `for_alarm`: as the condition of an alarm sees it, which may not SEARCH, and whose Metrics Insights look back three
    hours.

    Raises QueryError, which names the query.
    """
    # "CloudWatch rounds the specified timestamp [...] down to the nearest whole minute", API_GetMetricData.
    span = Span(start.astimezone(UTC).replace(second=0, microsecond=0), end.astimezone(UTC), period_s)
    return _Request(list(queries), Stored(metrics), span, for_alarm=for_alarm).lines()


class _Request:
    """One request under way: what each Id stands for, computed once."""

    def __init__(self, queries: list[Query], stored: Stored, span: Span, *, for_alarm: bool) -> None:
        self._queries = {str(query["Id"]): query for query in queries}
        check(queries)
        self._stored = stored
        self._span = span
        self._for_alarm = for_alarm
        self._values: dict[str, Value] = {}
        self._under_way: list[str] = []

    def lines(self) -> list[Line]:
        return [
            line for id, query in self._queries.items() if query.get("ReturnData", True) for line in self._lines(id)
        ]

    def _lines(self, id: str) -> list[Line]:
        value = self._value(id)
        if isinstance(value, float):
            raise RefusedQuery("its result is a scalar; it must be a time series, or an array of them").of(id)
        many = isinstance(value, tuple)
        series = value if isinstance(value, tuple) else (value,)
        return [
            Line(
                id=id,
                label=self._label(each, id, many=many),
                timestamps=tuple(each.points),
                values=tuple(each.points.values()),
                period_s=each.period_s,
                unit=each.unit,
                dimensions=each.dimensions,
            )
            for each in series
        ]

    def _label(self, series: TimeSeries, id: str, *, many: bool) -> str:
        try:
            return labelled(series, str(self._queries[id].get("Label", "")), many=many, id=id, now=self._span.end)
        except QueryError as error:
            raise error.of(id) from None

    def _value(self, id: str) -> Value:
        if id not in self._values:
            if id in self._under_way:
                raise RefusedQuery(f"it needs itself: {' -> '.join((*self._under_way, id))}").of(id)
            self._under_way.append(id)
            try:
                self._values[id] = self._query(id, self._queries[id])
            except EmptySeries:
                self._values[id] = TimeSeries({}, self._period_of(id))
            except QueryError as error:
                raise error.of(id) from error.__cause__
            self._under_way.pop()
        return self._values[id]

    def _query(self, id: str, query: Query) -> Value:
        if "MetricStat" in query:
            return self._metric(query["MetricStat"])
        expression = str(query["Expression"])
        if is_insights(query):
            sees = ALARM if self._for_alarm else GRAPH
            return insights(expression, self._stored, self._span, self._period_of(id), sees=sees)
        formula = formula_of(expression)
        value = value_of(self._compute(formula, id))
        return value if isinstance(formula, Call) and formula.function == "SEARCH" else without_units(value)

    def _metric(self, stat: Mapping[str, Any]) -> TimeSeries:
        metric = stat["Metric"]
        dimensions = sorted((each["Name"], each["Value"]) for each in metric.get("Dimensions", ()))
        wanted = StoredMetric(metric["Namespace"], metric["MetricName"], tuple(dimensions))
        unit = stat.get("Unit")
        data = [datum for datum in self._stored.data(wanted) if unit in (None, datum.unit)]
        return series_of(wanted, data, stat["Stat"], self._span, int(stat["Period"]))

    def _period_of(self, id: str) -> int:
        """Its own; of an expression without one the shortest of the request's metrics, if there are any."""
        query = self._queries[id]
        own = query.get("MetricStat", query).get("Period")
        others = [int(each["MetricStat"]["Period"]) for each in self._queries.values() if "MetricStat" in each]
        return int(own or min(others, default=self._span.period_s))

    def _compute(self, formula: Formula, id: str) -> Argument:
        match formula:
            case Number(value) if isfinite(value):
                return value
            case Number():
                raise RefusedQuery("a number of the expression is too large")
            case Keyword():
                return formula
            case Name(other):
                if other not in self._queries:
                    raise RefusedQuery(f"{other} is no Id of this request: {', '.join(self._queries)}")
                return self._value(other)
            case Negative(operand):
                return operate("*", -1.0, value_of(self._compute(operand, id)))
            case Operation(sign, left, right):
                return operate(sign, value_of(self._compute(left, id)), value_of(self._compute(right, id)))
            case Listed(items):
                return tuple(each for item in items for each in series_in(self._compute(item, id)))
            case Text(text):
                raise RefusedQuery(f"a text stands where a number or a time series should: {text!r}")
            case Call():
                return self._call(formula, id)

    def _call(self, call: Call, id: str) -> Value:
        match call:
            case Call("METRICS", ()):
                return self._metrics("")
            case Call("METRICS", (Text(text),)):
                return self._metrics(text)
            case Call("PERIOD", (Name(other),)) if "MetricStat" in self._queries.get(other, {}):
                return float(self._period_of(other))
            case Call("PERIOD"):
                raise RefusedQuery("PERIOD takes the Id of a metric, and not the result of an expression")
            case Call("SEARCH", (Text(text), Text(statistic), *period)):
                return self._search(text, statistic, period, id)
            case Call("SEARCH"):
                raise RefusedQuery("SEARCH takes a search, a statistic, each in single quotes, and perhaps a period")
        if call.function in KNOWN_ELSEWHERE:
            raise UnsupportedQuery(f"the sandbox does not compute {call.function}")
        if call.function not in FUNCTIONS:
            raise RefusedQuery(f"{call.function} is no function of metric math")
        arguments = [self._compute(argument, id) for argument in call.arguments]
        try:
            return FUNCTIONS[call.function](arguments, replace(self._span, period_s=self._period_of(id)))
        except QueryError as error:
            raise type(error)(f"{call.function}: {error}") from error.__cause__

    def _metrics(self, text: str) -> Array:
        """The metrics of the request whose Id holds this text; "math expressions aren't included"."""
        ids = [id for id, query in self._queries.items() if "MetricStat" in query and text in id]
        return tell_apart([each for id in ids for each in series_in(self._value(id))])

    def _search(self, text: str, statistic: str, period: list[Formula], id: str) -> Array:
        if self._for_alarm:
            raise RefusedQuery("an alarm cannot be based on SEARCH: it finds many time series")
        match period:
            case []:
                period_s = self._period_of(id)
            case [Number(value)] if value > 0 and value.is_integer():
                period_s = int(value)
            case _:
                raise RefusedQuery("the period of a SEARCH is a number of seconds")
        return search(text, statistic, self._stored, self._span, period_s)

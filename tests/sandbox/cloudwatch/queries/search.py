"""SEARCH: the metrics that a text finds, one series each.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-search-expressions.html: it "can find only metrics
that have reported data within the past two weeks".
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Final

from tests.sandbox.cloudwatch.queries.series import Array, Span, TimeSeries
from tests.sandbox.cloudwatch.queries.statistics import series_of
from tests.sandbox.cloudwatch.queries.stored import Stored
from tests.sandbox.cloudwatch.queries.terms import choice_of

MOST: Final = 500
"""Time series of a graph. Which of more are shown is not documented: here the first in alphabetical order."""
_REMEMBERED: Final = timedelta(days=14)


def search(text: str, statistic: str, stored: Stored, span: Span, period_s: int) -> Array:
    """The series of the metrics found, in alphabetical order; one without data in the span is found, and empty."""
    choice = choice_of(text)
    found = []
    for metric in stored:
        data = stored.data(metric)
        if choice(metric) and any(span.end - _REMEMBERED <= datum.timestamp < span.end for datum in data):
            found.append(series_of(metric, data, statistic, span, period_s))
    return tell_apart(found[:MOST])


def tell_apart(series: list[TimeSeries]) -> Array:
    """Label metrics by what differs between them: their dimensions' values, and their names where these differ.

    The guide's example: the label of a Lambda function's `Errors` in a SEARCH over functions is the function's name
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html).
    """
    names = {each.origin.name for each in series}
    values = Counter(pair for each in series for pair in each.dimensions)
    labelled = []
    for each in series:
        differing = [pair[1] for pair in each.dimensions if len(series) == 1 or values[pair] < len(series)]
        parts = [*differing, *([each.origin.name] if len(names) > 1 or not differing else [])]
        labelled.append(replace(each, label=" ".join(parts)))
    return tuple(labelled)

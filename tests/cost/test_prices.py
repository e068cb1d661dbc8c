"""AWS's prices, and what they make of a quantity."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import prices
from infra.prices import Price, format_price

PRICES = {name: value for name, value in vars(prices).items() if isinstance(value, Price)}


@pytest.mark.parametrize(
    ("metrics", "dollars"),
    [
        (0, 0),
        (1, 0.30),
        (9_999, 2_999.70),
        (10_000, 3_000.00),
        (10_001, 3_000.10),
        (250_000, 27_000.00),
        (250_001, 27_000.05),
        (1_000_000, 64_500.00),
        (1_000_001, 64_500.02),
    ],
)
def test_a_metric_costs_less_the_more_there_are(metrics: int, dollars: float) -> None:
    assert prices.METRIC.dollars(metrics) == pytest.approx(dollars, abs=1e-6)


def test_metrics_that_come_after_others_begin_in_the_tier_that_those_have_reached() -> None:
    assert list(prices.METRIC.parts(20, before=9_990)) == [(10, 0.30), (10, 0.10)]
    assert list(prices.METRIC.parts(20, before=10_000)) == [(20, 0.10)]
    assert list(prices.METRIC.parts(0, before=10_000)) == []


@pytest.mark.parametrize(
    ("price", "written"),
    [
        (prices.METRIC, "$0.30 per metric"),
        (prices.S3_WRITE, "$5.00 per million requests"),
        (prices.GB_SECOND, "$0.0133334 per 1,000 GB-s"),
    ],
)
def test_a_price_is_per_as_many_units_as_make_it_readable(price: Price, written: str) -> None:
    assert format_price(price.tiers[0].dollars, price.unit) == written


@given(st.floats(0, 1e8), st.floats(0, 1e8))
def test_a_quantity_is_charged_whole_and_the_same_in_two_parts(first: float, second: float) -> None:
    parts = [*prices.METRIC.parts(first), *prices.METRIC.parts(second, before=first)]
    assert sum(part for part, _ in parts) == pytest.approx(first + second)
    assert sum(part * dollars for part, dollars in parts) == pytest.approx(prices.METRIC.dollars(first + second))


@pytest.mark.parametrize("price", PRICES.values(), ids=PRICES)
def test_every_price_has_its_page_and_no_end(price: Price) -> None:
    assert price.page.startswith("https://aws.amazon.com/")
    assert price.tiers[-1].up_to == math.inf
    limits = [tier.up_to for tier in price.tiers]
    assert limits == sorted(limits)
    assert [tier.dollars for tier in price.tiers if not 0 <= tier.dollars < 10] == []

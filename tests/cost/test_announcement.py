"""What synth says about the bill."""

import re

import pytest

from infra.configuration import parse
from infra.cost import Workload, announcement, estimate
from tests.cost.configurations import configured
from tests.infra.declared import minimal


def dollars(text: str) -> list[float]:
    return [float(amount.replace(",", "")) for amount in re.findall(r"\$([\d,]+\.\d\d)", text)]


def test_it_says_a_range_from_one_application_a_zone_to_a_full_limit() -> None:
    configuration = configured(sources=2, zones=5)
    least, most, *_ = dollars(announcement(configuration).text)
    assert least == pytest.approx(estimate(configuration, Workload()).total, abs=0.005)
    # 200 metrics of each source: ten applications of four metrics in each of its five zones.
    assert most == pytest.approx(estimate(configuration, Workload(applications_per_zone=10)).total, abs=0.005)


def test_it_names_the_three_largest_lines_and_the_best_saving() -> None:
    info = announcement(configured(zones=10)).text
    most, applications, zones, _, saving = dollars(info)[2:]
    assert most == dollars(info)[1]
    assert (applications, zones) == (200 * 0.30, 10 * 4 * 0.30)
    assert info.index("application metrics") < info.index("zone metrics") < info.index("health metrics")
    assert '"levels": ["zone"]' in info
    assert saving >= applications


def test_a_limit_that_is_full_anyway_makes_no_range() -> None:
    configuration = configured(zones=50)
    assert dollars(announcement(configuration).text)[0] == pytest.approx(
        estimate(configuration, Workload()).total, abs=0.01
    )
    assert "hardly change" in announcement(configuration).text


def test_chosen_applications_are_the_most_that_a_zone_has() -> None:
    chosen = parse(minimal(zones=[{"id": "0" * 32, "app_ids": ["a" * 32, "b" * 32]}]))
    assert dollars(announcement(chosen).text)[0] == pytest.approx(estimate(chosen, Workload()).total, abs=0.005)


def test_it_says_the_same_every_time() -> None:
    assert announcement(configured(zones=3)) == announcement(configured(zones=3))


def test_without_a_limit_there_is_no_warning() -> None:
    assert not announcement(configured(sources=5, zones=100)).warns


@pytest.mark.parametrize(
    ("limit", "warned"),
    [(1, "This is above monthly_limit_dollars (1)."), (30, "This may be above monthly_limit_dollars (30).")],
)
def test_a_month_above_the_limit_is_warned_of(limit: int, warned: str) -> None:
    said = announcement(configured(monthly_limit_dollars=limit))
    assert said.warns
    assert said.text == f"{warned} {announcement(configured()).text}"


def test_a_month_within_the_limit_is_not_warned_of() -> None:
    assert announcement(configured(monthly_limit_dollars=10_000)) == announcement(configured())

"""What synth says about the bill."""

import re

import pytest

from infra.cost import Workload, estimate
from infra.cost.announcement import announcement
from tests.cost.configurations import configured


def dollars(text: str) -> list[float]:
    return [float(amount.replace(",", "")) for amount in re.findall(r"\$([\d,]+\.\d\d)", text)]


def test_it_says_a_range_from_one_application_a_zone_to_a_full_limit() -> None:
    configuration = configured(sources=2, zones=5)
    least, most, *_ = dollars(announcement(configuration).info)
    assert least == pytest.approx(estimate(configuration, Workload()).total, abs=0.005)
    # 200 metrics of each source: ten applications of four metrics in each of its five zones.
    assert most == pytest.approx(estimate(configuration, Workload(applications_per_zone=10)).total, abs=0.005)


def test_it_names_the_three_largest_lines_and_the_best_lever() -> None:
    info = announcement(configured(zones=10)).info
    applications, zones, _, lever = dollars(info)[2:]
    assert (applications, zones) == (200 * 0.30, 10 * 4 * 0.30)
    assert info.index("application metrics") < info.index("zone metrics") < info.index("health metrics")
    assert '"levels": ["zone"]' in info
    assert lever >= applications


def test_it_says_the_same_every_time() -> None:
    assert announcement(configured(zones=3)) == announcement(configured(zones=3))


def test_without_a_limit_there_is_no_warning() -> None:
    assert announcement(configured(sources=5, zones=100)).warning is None


@pytest.mark.parametrize(("limit", "warned"), [(1, "costs at least"), (30, "may cost up to"), (10_000, None)])
def test_a_month_above_the_limit_is_warned_of(limit: int, warned: str | None) -> None:
    warning = announcement(configured(monthly_limit_dollars=limit)).warning
    if warned is None:
        assert warning is None
    else:
        assert warning is not None
        assert warned in warning
        assert f"monthly_limit_dollars is {limit}" in warning

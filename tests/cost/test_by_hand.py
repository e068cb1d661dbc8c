"""Three bills by hand: every price and every quantity written out here, none of them taken from the estimate.

A month has 30 x 24 x 60 = 43,200 minutes and 720 hours; all are a deployment's twelfth month, whose middle is day 345.
Deleted minutes stay for 30 days more than the 90 of their retention: 120 days of 1,440 minutes are kept.
"""

from collections.abc import Callable, Mapping

import pytest

from infra.cost import Workload, estimate
from tests.cost.configurations import configured

GB = 1e9
TB = 1e12


def small() -> Mapping[str, float]:
    """One source, one zone, one application."""
    compactor_s = (
        720 * 0.05 * (3 + 8 * 2 + 14)  # 33 requests an hour: 3 LIST and 2 for each of 8 days, 14 HEAD
        + 43_200 * 0.05 / 8  # every minute's object once, 8 at a time
        + 43_200 * 0.0000124  # and its row
    )
    log_gb = (43_200 * (2_050 + 6) + 720 * 2_400) / GB
    return {
        "zone metrics": 1 * 4 * 0.30,
        "application metrics": 1 * 4 * 0.30,
        # 13 of the source and 1 of the lake; 3 in one hour of 24; a failed zone and its reason in 1 % of the hours
        "health metrics": (13 + 1 + 3 / 24 + 0.01 + 0.01) * 0.30,
        # 6 of the source, 4 of the functions, 2 of the queues, 3 of the lake
        "alarms": (6 + 4 + 2 + 2) * 0.10,
        "composite alarms": (4 + 1) * 0.50,
        "dashboard": 3.00,
        "alarm on zones": 3 * 0.01 * 0.10,
        "PutMetricData": 43_200 * 2 * 0.01 / 1_000,
        "GetMetricData": 720 * 0.01 / 1_000,
        "Lambda runs": (43_200 + 720) * 0.20 / 1_000_000,
        "collector": 43_200 * (0.4 + 0.1) * 0.5 * 0.0000133334,
        "compactor": compactor_s * 2 * 0.0000133334 + compactor_s * 9.5 * 0.0000000309,
        "secret": 1 * 0.40 + 12 * 720 * 0.05 / 10_000,
        "log": log_gb * 0.50 + log_gb * 0.03,
        "S3 PUT and LIST": (43_200 + 720 + 30 * 3 + 720 * 19) * 0.005 / 1_000,
        "S3 HEAD and GET": (43_200 + 720 * 14 + 43_200) * 0.0004 / 1_000,
        "S3 kept": (120 * 1_440 * (300 + 34 + 46) + 345 * 1_440 * 16 + 720 * (200 + 140)) / GB * 0.023,
        # three kinds of query, once a day, 10 MB at least; the open days are 1.5 x 1,440 objects
        "Athena": 3 * 30 * 10e6 / TB * 5,
        "its GET": 30 * (1 + 2_160 + 30 + 2_160) * 0.0004 / 1_000,
    }


def medium() -> Mapping[str, float]:
    """One source, ten zones, ten applications in each; the limit of 200 metrics lets 50 of the 100 in."""
    compactor_s = 720 * 0.05 * 33 + 43_200 * 0.05 / 8 + 100 * 43_200 * 0.0000124
    log_gb = (43_200 * (2_050 + 6 * 10) + 720 * 2_400) / GB
    raw_day = 1_440 * (300 + 34 * 10 + 46 * 100)
    history_day = 1_440 * 100 * 16
    return {
        "zone metrics": 10 * 4 * 0.30,
        "application metrics": 50 * 4 * 0.30,
        "health metrics": (13 + 1 + 3 / 24 + 10 * 0.01 + 0.10 + 1) * 0.30,  # the last: metrics are left out
        "alarms": (6 + 4 + 2 + 2) * 0.10,
        "composite alarms": (4 + 1) * 0.50,
        "dashboard": 3.00,
        "alarm on zones": 10 * 3 * 0.01 * 0.10,
        "PutMetricData": 43_200 * 2 * 0.01 / 1_000,
        "GetMetricData": 720 * 0.01 / 1_000,
        "Lambda runs": (43_200 + 720) * 0.20 / 1_000_000,
        "collector": 43_200 * (0.4 + 0.1) * 0.5 * 0.0000133334,
        "compactor": compactor_s * 2 * 0.0000133334 + compactor_s * 9.5 * 0.0000000309,
        "secret": 1 * 0.40 + 12 * 720 * 0.05 / 10_000,
        "log": log_gb * 0.50 + log_gb * 0.03,
        "S3 PUT and LIST": (43_200 + 720 + 30 * 3 + 720 * 19) * 0.005 / 1_000,
        "S3 HEAD and GET": (43_200 + 720 * 14 + 43_200) * 0.0004 / 1_000,
        "S3 kept": (120 * raw_day + 345 * history_day + 720 * (200 * 10 + 140 * 100)) / GB * 0.023,
        "Athena": 30 * (10e6 + 1.5 * raw_day + 30 * history_day + 1.5 * raw_day) / TB * 5,
        "its GET": 30 * (1 + 2_160 + 30 + 2_160) * 0.0004 / 1_000,
    }


def large() -> Mapping[str, float]:
    """Fifteen sources of 160 zones of ten applications: 24,000, of which the limits let 15 x 50 in."""
    # 15 x 1,440 = 21,600 objects a day are 22 pages of 1,000
    compactor_s = 720 * 0.05 * (3 + 8 * 22 + 14) + 15 * 43_200 * 0.05 / 8 + 24_000 * 43_200 * 0.00001236
    log_gb = (15 * 43_200 * (2_050 + 6 * 160) + 720 * 2_400) / GB
    raw_day = 15 * 1_440 * (300 + 34 * 160 + 46 * 1_600)
    history_day = 1_440 * 24_000 * 16
    health = 15 * 13 + 1 + 3 / 24 + 15 * 160 * 0.01 + 15 * 1 + 15 * 1
    return {
        # 9,600 + 3,000 + 250: the first 10,000 at $0.30, all others at $0.10
        "metrics": 10_000 * 0.30 + (15 * 160 * 4 + 15 * 50 * 4 + health - 10_000) * 0.10,
        "alarms": (15 * 6 + 4 + 2 + 2) * 0.10,
        "composite alarms": (4 + 1) * 0.50,
        "dashboard": 3.00,
        "alarm on zones": 2_400 * 3 * 0.01 * 0.10,
        "PutMetricData": 15 * 43_200 * 2 * 0.01 / 1_000,  # 640 + 200 data are one request, `Published` the other
        "GetMetricData": 720 * 15 * 2 * 0.01 / 1_000,  # 15 x 8 x 1,440 points are two pages
        "Lambda runs": (15 * 43_200 + 720) * 0.20 / 1_000_000,
        "collector": 15 * 43_200 * (0.4 + 160 / 150) * 0.5 * 0.0000133334,
        "compactor": compactor_s * 2 * 0.0000133334 + compactor_s * 9.5 * 0.0000000309,
        "secrets": 15 * 0.40 + 15 * 12 * 720 * 0.05 / 10_000,
        "log": log_gb * 0.50 + log_gb * 0.03,
        "S3 PUT and LIST": (15 * 43_200 + 15 * 720 + 30 * 3 + 720 * (3 + 8 * 22)) * 0.005 / 1_000,
        "S3 HEAD and GET": (15 * 43_200 + 720 * 14 + 15 * 43_200) * 0.0004 / 1_000,
        "S3 kept": (120 * raw_day + 345 * history_day + 720 * (200 * 2_400 + 140 * 24_000)) / GB * 0.023,
        "Athena": 30 * (history_day + 1.5 * raw_day + 30 * history_day + 1.5 * raw_day) / TB * 5,
        "its GET": 30 * (1 + 15 * 2_160 + 30 + 15 * 2_160) * 0.0004 / 1_000,
    }


@pytest.mark.parametrize(
    ("by_hand", "sources", "zones", "applications"),
    [(small, 1, 1, 1), (medium, 1, 10, 10), (large, 15, 160, 10)],
    ids=["small", "medium", "large"],
)
def test_the_estimate_is_the_bill_by_hand(
    by_hand: Callable[[], Mapping[str, float]], sources: int, zones: int, applications: int
) -> None:
    bill = estimate(configured(sources=sources, zones=zones), Workload(applications_per_zone=applications))
    assert bill.total == pytest.approx(sum(by_hand().values()), rel=0.001)


def test_one_sources_health_is_below_five_dollars_while_nothing_fails() -> None:
    for zones in (1, 160):
        bill = estimate(configured(zones=zones), Workload(applications_per_zone=10, failing_share=0))
        assert sum(line.dollars for line in bill.lines if line.what == "health metrics") < 5

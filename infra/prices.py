"""AWS's list prices in us-east-1, with the page of each and where it was checked. Other regions have other prices.

Free tiers are left out, as an account has them once for everything that runs in it. The scheduler has no price here:
no deployment that fits Cloudflare's rate limits gets past its 14 million free invocations.

AWS's price pages fill their tables in by script, so copies of them hold few numbers. What is marked PRICE_LIST was read
in third parties' copies of answers of the AWS Price List API: CloudWatch's and Lambda's of October 2025, Athena's of
August 2026, S3's of September 2026. PAGE is a copy of the page's own text, of September 2026. THIRD_PARTY says that
only others' accounts of the page were found, of 2026.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

AS_OF: Final = date(2026, 11, 25)
"""When they were looked up."""
REGION: Final = "us-east-1"


class Checked(StrEnum):
    """Where a price was read."""

    PRICE_LIST = "a copy of the AWS Price List API's answer"
    PAGE = "a copy of AWS's page"
    THIRD_PARTY = "third parties' accounts of AWS's page"


@dataclass(frozen=True, slots=True)
class Tier:
    """A price that holds up to a quantity a month."""

    up_to: float
    dollars: float
    """For one unit."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs; the more are used in a month, the less each further one."""

    what: str
    unit: str
    tiers: tuple[Tier, ...]
    page: str
    checked: Checked

    def parts(self, quantity: float, before: float = 0.0) -> Iterator[tuple[float, float]]:
        """Split a quantity by tier: how much of it costs how much each. `before` it, so much was used already."""
        start, end = before, before + quantity
        floor = 0.0
        for tier in self.tiers:
            inside = min(end, tier.up_to) - max(start, floor)
            if inside > 0:
                yield inside, tier.dollars
            floor = tier.up_to

    def dollars(self, quantity: float) -> float:
        """What a quantity costs a month."""
        return sum(part * dollars for part, dollars in self.parts(quantity))


_PER: Final = ((1, ""), (1_000, "1,000 "), (1_000_000, "million "), (1_000_000_000, "billion "))
_MIN_READABLE: Final = 0.01


def format_price(dollars: float, unit: str) -> str:
    """`$0.30 per metric`, `$5.00 per million requests`: per as many units as make it readable."""
    per, word = next(((per, word) for per, word in _PER if dollars * per >= _MIN_READABLE), _PER[-1])
    amount = f"{dollars * per:.10f}".rstrip("0")
    cents = f"{dollars * per:.2f}"
    plural = "s" if per > 1 and not unit.endswith("s") else ""
    return f"${max(amount, cents, key=len)} per {word}{unit}{plural}"


def _price(what: str, unit: str, dollars: float, page: str, checked: Checked, *, per: int = 1) -> Price:
    return Price(what, unit, (Tier(math.inf, dollars / per),), page, checked)


_CLOUDWATCH: Final = "https://aws.amazon.com/cloudwatch/pricing/"
_LAMBDA: Final = "https://aws.amazon.com/lambda/pricing/"
_S3: Final = "https://aws.amazon.com/s3/pricing/"
_SECRETS: Final = "https://aws.amazon.com/secrets-manager/pricing/"

METRIC: Final = Price(
    "custom metric",
    "metric",
    (Tier(10_000, 0.30), Tier(250_000, 0.10), Tier(1_000_000, 0.05), Tier(math.inf, 0.02)),
    _CLOUDWATCH,
    Checked.PRICE_LIST,
)
"""A custom metric, which is a name with its dimensions, by the hour in which it gets data."""

ALARM: Final = _price("alarm on a metric", "alarm metric", 0.10, _CLOUDWATCH, Checked.PRICE_LIST)
"""A metric that an alarm of standard resolution watches."""

ANALYZED_METRIC: Final = _price("alarm on a query", "analyzed metric", 0.10, _CLOUDWATCH, Checked.PRICE_LIST)
"""A metric that the query of a Metrics Insights alarm reads."""

COMPOSITE_ALARM: Final = _price("composite alarm", "composite alarm", 0.50, _CLOUDWATCH, Checked.THIRD_PARTY)

ANOMALY_ALARM_METRICS: Final = 3
"""An alarm on anomalies is billed as three: the metric, and the band's two ends. Read in THIRD_PARTY only."""

DASHBOARD: Final = _price("dashboard", "dashboard", 3.00, _CLOUDWATCH, Checked.THIRD_PARTY)
API_REQUEST: Final = _price("PutMetricData", "request", 0.01, _CLOUDWATCH, Checked.PRICE_LIST, per=1_000)
LOG_GB: Final = _price("log, written", "GB", 0.50, _CLOUDWATCH, Checked.PRICE_LIST)
"""The first 10 TB of a function's log; more becomes cheaper."""

INVOCATION: Final = _price("run of a function", "invocation", 0.20, _LAMBDA, Checked.PRICE_LIST, per=1_000_000)
GB_SECOND: Final = _price("time of an arm64 function", "GB-s", 0.0000133334, _LAMBDA, Checked.PRICE_LIST)

S3_WRITE: Final = _price("PUT, COPY, POST, LIST", "request", 0.005, _S3, Checked.PRICE_LIST, per=1_000)
"""DELETE is free."""
S3_READ: Final = _price("GET, HEAD and others", "request", 0.0004, _S3, Checked.PRICE_LIST, per=1_000)
S3_GB_MONTH: Final = _price("S3 Standard, kept", "GB-month", 0.023, _S3, Checked.PRICE_LIST)
"""The first 50 TB; more becomes cheaper."""

ATHENA_TB: Final = _price("query, data read", "TB", 5.00, "https://aws.amazon.com/athena/pricing/", Checked.PRICE_LIST)
ATHENA_LEAST_BYTES: Final = 10_000_000
"""That a query is charged for, however little it reads."""

SECRET: Final = _price("secret", "secret", 0.40, _SECRETS, Checked.PAGE)
SECRET_READ: Final = _price("read of a secret", "call", 0.05, _SECRETS, Checked.PAGE, per=10_000)

BYTES_PER_GB: Final = 1_000_000_000
"""AWS bills some of these by 2^30 bytes and says GB: 7 % less than here, of lines that are cents."""
BYTES_PER_TB: Final = 1_000_000_000_000

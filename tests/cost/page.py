"""The tables of docs/cost.md, estimated: `python -m tests.tables` writes them."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

from infra import prices
from infra.cost import TYPICAL_QUERIES, Bill, Line, Workload, estimate, source_volumes
from infra.prices import Price, format_price
from tests.cost.configurations import configured
from tests.markdown import table

SIZES: Final = ((1, 1, 200), (10, 10, 200), (10, 10, 400), (100, 10, 200), (100, 10, 4_000))
"""Zones of one source, applications in each, metric_limit."""
_METRICS: Final = ("zone metrics", "application metrics", "health metrics")
_ALARMS: Final = ("alarms", "composite alarms", "alarms on unusual traffic", "alarms on queries")
_DASHBOARD: Final = "dashboard"


def cost_tables() -> Mapping[str, str]:
    """Every table by its name."""
    return {
        "sizes": _sizes(),
        "lines": _lines(_bill(*SIZES[1])),
        "savings": _savings(_bill(*SIZES[-1])),
        "storage": _storage(),
        "queries": _queries(),
        "prices": _prices(),
    }


def _bill(zones: int, applications: int, limit: int, *, month: int = 12) -> Bill:
    workload = Workload(applications_per_zone=applications, month=month)
    return estimate(configured(zones=zones, metric_limit=limit), workload)


def _sizes() -> str:
    rows = []
    for zones, applications, limit in SIZES:
        bill = _bill(zones, applications, limit)
        metrics, alarms, dashboard = (_of(bill, names) for names in (_METRICS, _ALARMS, (_DASHBOARD,)))
        spent = [sum(line.dollars for line in lines) for lines in (metrics, alarms, dashboard)]
        health = sum(line.dollars for line in metrics if line.what == "health metrics")
        rows.append(
            (
                f"{zones * applications:,}",
                f"{zones:,}",
                f"{limit:,}",
                f"{sum(line.quantity for line in metrics):,.0f}",
                *(f"${dollars:,.2f}" for dollars in (spent[0], health, *spent[1:], bill.total - sum(spent))),
                f"**${bill.total:,.2f}**",
            )
        )
    head = ("applications", "zones", "`metric_limit`", "custom metrics")
    return table((*head, "metrics", "of these health", "alarms", "dashboard", "everything else", "together"), rows)


def _of(bill: Bill, names: Sequence[str]) -> list[Line]:
    return [line for line in bill.lines if line.service == "CloudWatch" and line.what in names]


def _lines(bill: Bill) -> str:
    rows = [
        (
            line.service,
            line.what,
            line.formatted_quantity,
            format_price(line.unit_price, line.unit),
            f"${line.dollars:,.2f}",
        )
        for line in bill.lines
    ]
    together = ("**together**", "", "", "", f"**${bill.total:,.2f}**")
    return table(("service", "what", "how many", "price", "a month"), [*rows, together])


def _savings(bill: Bill) -> str:
    rows = [(f"`{each.key}`", f"`{json.dumps(each.value)}`", f"${each.dollars:,.2f}") for each in bill.savings]
    return table(("key", "set to", "saves a month"), rows)


def _storage() -> str:
    rows = []
    for zones, applications, limit in dict.fromkeys((zones, each, 200) for zones, each, _ in SIZES):
        cells = [f"{zones * applications:,}"]
        for month in (1, 12):
            lines = {line.what: line for line in _bill(zones, applications, limit, month=month).lines}
            minutes, history = lines["stored minutes"], lines["stored history"]
            dollars = minutes.dollars + history.dollars
            cells += [f"{minutes.quantity:,.2f} GB", f"{history.quantity:,.2f} GB", f"${dollars:,.2f}"]
        rows.append(cells)
    head = (
        "applications",
        *(f"{what}, month {month}" for month in (1, 12) for what in ("minutes", "history", "price")),
    )
    return table(head, rows)


def _queries() -> str:
    rows = []
    for zones, applications in ((1, 1), (10, 10), (100, 10)):
        configuration = configured(zones=zones)
        volumes = source_volumes(configuration, Workload(applications_per_zone=applications))
        reads = [query.reads(configuration, volumes) for query in TYPICAL_QUERIES]
        dollars = [
            prices.ATHENA_TB.dollars(billed / prices.BYTES_PER_TB) + prices.S3_READ.dollars(objects)
            for billed, objects in reads
        ]
        rows.append((f"{zones * applications:,}", *(f"${each:.4f}" for each in dollars)))
    return table(("applications", *(query.name for query in TYPICAL_QUERIES)), rows)


def _prices() -> str:
    named = [value for value in vars(prices).values() if isinstance(value, Price)]
    rows = [
        (price.what, _tiers(price), f"[{price.page.split('/')[3]}]({price.page})", price.checked.value)
        for price in named
    ]
    return table(("what", "price", "AWS's page", "checked in"), rows)


def _tiers(price: Price) -> str:
    if len(price.tiers) == 1:
        return format_price(price.tiers[0].dollars, price.unit)
    *limited, last = price.tiers
    parts = [f"{format_price(tier.dollars, price.unit)} up to {tier.up_to:,.0f}" for tier in limited]
    return ", ".join((*parts, f"then {format_price(last.dollars, price.unit)}"))

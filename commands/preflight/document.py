"""The report as JSON, for programs: docs/operations.md describes the keys, which stay.

`version` counts changes that are more than additions.
"""

from collections.abc import Mapping
from typing import Any, Final

from commands.preflight.finding import ZoneFinding
from commands.preflight.report import Report

VERSION: Final = 1


def as_document(report: Report) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "version": VERSION,
        "status": int(report.status),
        "asked_at": report.asked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "api": report.api,
        "sources": [
            {
                "name": each.source.name,
                "secret": each.source.secret,
                "owner": each.source.owner,
                "credential_from": each.origin,
                "zones": [_zone(finding) for finding in each.zones],
            }
            for each in report.sources
        ],
        "owners": [
            {
                "owner": budget.owner,
                "requests_per_minute": budget.requests,
                "budget": budget.budget,
                "window_requests": budget.window,
                "spare_requests": budget.spare,
            }
            for budget in report.budgets
        ],
        "metrics": {
            "zone": report.metrics.zone,
            "application": report.metrics.application,
            "beyond_metric_limit": report.metrics.beyond_limit,
        },
        "cost": _cost(report),
        "warnings": list(report.warnings),
        "alarms": _alarms(report),
    }


def _zone(finding: ZoneFinding) -> Mapping[str, Any]:
    return {
        "id": finding.zone.id,
        "name": finding.zone.name,
        "verdict": finding.verdict.value,
        "message": finding.message or None,
        "http_status": finding.http_status,
        "error_code": finding.error_code,
        "applications": finding.applications,
        "applications_answered": finding.answered,
        "names": finding.names.value,
    }


def _alarms(report: Report) -> Mapping[str, Any] | None:
    found = report.subscription
    return None if found is None else {"reach": found.reach.value, "message": found.message}


def _cost(report: Report) -> Mapping[str, Any]:
    return {
        "currency": "USD",
        "monthly": round(report.bill.total, 2),
        "monthly_limit": report.monthly_limit_dollars,
        "by_service": {service: round(dollars, 2) for service, dollars in report.bill.by_service.items()},
        "zones_without_count": report.guessed,
        "levers": [
            {"key": lever.key, "value": lever.value, "saves": round(lever.dollars, 2)} for lever in report.bill.levers
        ],
    }

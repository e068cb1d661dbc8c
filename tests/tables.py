"""The tables in docs/, made from the declared data: `PYTHONPATH=lambda python -m tests.tables` writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from commands.preflight.check import MEANINGS, STATUSES
from contract.lake import PARTITION, USAGE
from contract.metrics import METRICS, Cadence
from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS, Column
from infra.configuration import parse
from infra.monitoring.alarm import PREFIX, Alarm, Missing, Rule
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import Sends, composites
from tests.cost.page import cost_tables
from tests.markdown import table as _table
from tests.unit.commands.query_page import queries

DOCS: Final = Path(__file__).parent.parent / "docs"


def tables() -> Mapping[str, Mapping[str, str]]:
    """Every declared table, by page and name."""
    return {
        "data.md": {
            "polls": _columns(POLL_COLUMNS),
            "applications": _columns(APPLICATION_COLUMNS),
            "usage": _columns((*USAGE.columns, PARTITION)),
            "metrics": _metrics(),
        },
        "operations.md": {
            "alarms": _alarms(),
            "composites": _composites(),
            "verdicts": _verdicts(),
            "statuses": _statuses(),
        },
        "cost.md": cost_tables(),
        "queries.md": {"queries": queries()},
    }


def with_tables(page: str, declared: Mapping[str, str]) -> str:
    """The page with every declared table in its place, between `<!-- name -->` and `<!-- /name -->`."""
    for name, table in declared.items():
        before, begin, rest = page.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition(f"<!-- /{name} -->")
        if not begin or not end:
            raise ValueError(f"the page must hold the markers of table {name}")
        page = before + begin + table + end + after
    return page


def _verdicts() -> str:
    rows = [
        (verdict.replace("_", " "), meaning.means, meaning.do, str(int(meaning.status)))
        for verdict, meaning in MEANINGS.items()
    ]
    return _table(("verdict", "means", "what to do", "status"), rows)


def _statuses() -> str:
    return _table(("status", "means"), [(str(int(status)), means) for status, means in STATUSES.items()])


def _columns(columns: Iterable[Column]) -> str:
    rows = [(f"`{column.name}`", _short(column.type), column.meaning) for column in columns]
    return _table(("column", "type", "meaning"), rows)


def _short(type_name: str) -> str:
    return "array of struct" if type_name.startswith("array<") else type_name


def _metrics() -> str:
    rows = [
        (
            f"`{metric.namespace}`",
            f"`{metric.name}`",
            metric.unit,
            " ".join("{" + ", ".join(dimensions) + "}" for dimensions in metric.dimensions),
            metric.cadence + (", when known" if metric.sparse and metric.cadence is not Cadence.AT_TIMES else ""),
            metric.meaning,
        )
        for metric in METRICS
    ]
    return _table(("namespace", "metric", "unit", "dimensions", "sent", "meaning"), rows)


def _kinds() -> tuple[Alarm, ...]:
    """One alarm of each kind, of a source that is called `<source>`."""
    zone = "0123456789abcdef0123456789abcdef"
    watch = {
        "name": "x",
        "zone": "x",
        "metric": "BytesEgress",
        "above": 6_000_000_000,
        "below": 1_000_000,
        "unusual": 2,
    }
    parsed = parse(
        {
            "sources": [{"name": "x", "secret": "x", "zones": [zone]}],
            "alarms": {"traffic": [watch]},
        }
    )
    source = replace(parsed.sources[0], name="<source>")
    traffic = replace(parsed.alarms.traffic[0], name="<name>", zone="a zone or application")
    return alarms(replace(parsed, sources=(source,), alarms=replace(parsed.alarms, traffic=(traffic,))))


def _composites() -> str:
    kinds = {alarm.full_name: alarm.name for alarm in _kinds()}
    rows = [
        (
            f"`{each.name}`",
            "when it is over" if each.sends is Sends.WHEN_OVER else "when it goes on",
            ", ".join(f"`{kinds.get(child, child.removeprefix(f'{PREFIX}-'))}`" for child in each.children),
            each.meaning,
        )
        for each in composites(_kinds())
    ]
    return _table((f"composite alarm, after `{PREFIX}-`", "sends", "on while one is on of", "means"), rows)


def _alarms() -> str:
    rows = [
        (
            f"`{alarm.name}`",
            f"`{alarm.group}`",
            _rule(alarm.rule),
            alarm.meaning.replace("<source>", "`<source>`"),
            f"[{alarm.section}](#{alarm.section})",
        )
        for alarm in _kinds()
    ]
    return _table((f"alarm, after `{PREFIX}-`", "told by", "goes off after", "means", "section"), rows)


def _rule(rule: Rule) -> str:
    unit, length = ("hours", rule.period_s // 3600) if rule.period_s >= 3600 else ("minutes", rule.period_s // 60)
    if rule.periods > 1:
        length, bad = rule.periods * length, f"{rule.bad} of "
    else:
        bad = ""
    missing = {Missing.GOOD: ""} | {each: f", missing data: {each}" for each in (Missing.BAD, Missing.AS_BEFORE)}
    return f"{bad}{length} {unit if length > 1 else unit[:-1]}{missing[rule.missing]}"


if __name__ == "__main__":
    for name, declared in tables().items():
        path = DOCS / name
        path.write_text(with_tables(path.read_text(encoding="utf-8"), declared), encoding="utf-8")

"""What stays after the sandbox is gone: the objects, CloudWatch's data and a summary, as files."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.demo.claim import Claim
from tests.demo.evidence import Evidence
from tests.demo.missing import gaps
from tests.demo.script import TROUBLES

ASSEMBLY: Final = "cdk.out"
LAKE: Final = "lake"
DASHBOARD: Final = "dashboard.html"
_OBJECTS: Final = "s3"
_TRAFFIC: Final = "cloudwatch.json"
_SUMMARY: Final = "summary.json"


def empty(folder: Path) -> None:
    """Take away what an earlier run left there, and nothing else."""
    for name in (ASSEMBLY, LAKE, _OBJECTS):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in (_TRAFFIC, _SUMMARY, DASHBOARD):
        (folder / name).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)


def keep(folder: Path, evidence: Evidence, claims: Sequence[Claim], seconds: Mapping[str, float]) -> None:
    """Write it all: `s3/` as the bucket has it, `cloudwatch.json` by series and minute, `summary.json`."""
    for each in evidence.objects:
        path = folder / _OBJECTS / each.key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(each.body)
    series = [
        {
            "metric": each.metric,
            "zone": each.zone,
            "application": each.application or None,
            "sums": {f"{minute:%Y-%m-%dT%H:%MZ}": value for minute, value in sorted(values.items())},
        }
        for each, values in sorted(evidence.traffic.items())
    ]
    _write(folder / _TRAFFIC, series)
    _write(folder / _SUMMARY, _summary(evidence, claims, seconds))


def _summary(evidence: Evidence, claims: Sequence[Claim], seconds: Mapping[str, float]) -> Mapping[str, object]:
    return {
        "begin": f"{evidence.night.begin:%Y-%m-%dT%H:%MZ}",
        "end": f"{evidence.night.end:%Y-%m-%dT%H:%MZ}",
        "claims": [
            {"claim": claim.text, "figures": claim.figures, "holds": claim.holds, "objections": claim.objections}
            for claim in claims
        ],
        "troubles": [
            {"first": each.first, "last": each.last, "zones": each.zones, "what": each.what, "leaves": each.leaves}
            for each in TROUBLES
        ],
        "missing": [
            {
                "minutes": [f"{minute:%Y-%m-%dT%H:%MZ}" for minute in gap.minutes],
                "zones": gap.zones,
                "reason": gap.reason,
                "said": gap.said,
            }
            for gap in gaps(evidence.unknown)
        ],
        "runs": len(evidence.invocations),
        "duplicates_refused": evidence.duplicates_refused,
        "cloudflare_requests": len(evidence.requests),
        "published_minutes": len(evidence.published),
        "failed_runs": evidence.failed_runs,
        "missed_events": evidence.missed_events,
        "seconds": {title: round(value, 2) for title, value in seconds.items()},
    }


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

"""checkov: what in the stack invites an attack, as CloudFormation would get it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

# jsii starts the Node that it finds first: the project's own, which stands beside this Python.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))

import aws_cdk as cdk

from infra.bundle import Bundles
from infra.configuration import parse
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT, SPECTRUM
from tests.security.accepted import ACCEPTED
from tests.security.tool import Ended, Finding, run


def write_template(folder: Path) -> Path:
    """The template of a stack with everything in it. The bundles are empty: what is in them is pip-audit's affair."""
    empty = folder / "empty"
    empty.mkdir()
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(folder / "cdk.out"))
    bundles = Bundles(collector=empty, compactor=empty)
    stack = SpectrumMeter(app, "SpectrumMeter", configuration=parse(SPECTRUM), bundles=bundles)
    return Path(app.synth().directory) / stack.template_file


def in_template(template: Path) -> list[Finding]:
    """What checkov finds there. Raises ToolFailed."""
    return findings(
        run(
            *("checkov", "--file", str(template), "--framework", "cloudformation"),
            *("--output", "json", "--quiet", "--compact", "--skip-download"),
        ),
        ACCEPTED,
    )


def findings(ended: Ended, accepted: Mapping[tuple[str, str], str]) -> list[Finding]:
    """What nobody has accepted, and what is accepted without being found. Raises ToolFailed."""
    report = ended.report
    if report is None or "results" not in report or report["summary"]["parsing_errors"]:
        raise ended.failed()
    failed = [
        (each["resource"].partition(".")[0], Finding(each["check_id"], each["resource"], each["check_name"]))
        for each in report["results"]["failed_checks"]
    ]
    found = {(finding.rule, kind) for kind, finding in failed}
    stale = [
        Finding(check, kind, "is accepted, and not found: take it out of tests/security/accepted.py")
        for check, kind in accepted
        if (check, kind) not in found
    ]
    return [*(finding for kind, finding in failed if (finding.rule, kind) not in accepted), *stale]

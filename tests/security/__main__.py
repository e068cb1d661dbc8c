"""All three tools, told in order. Ends with 1 when there is anything to do."""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tests.security.advisories import HASHED, PINNED, Files, audits
from tests.security.code import READ, in_code, unexplained
from tests.security.template import in_template, write_template
from tests.security.tool import PROJECT, Finding, ToolFailed


def main() -> int:
    """Run them all, and return the exit status."""
    try:
        print(f"==> bandit: {', '.join(READ)}", flush=True)
        found = _told([*in_code(), *unexplained(PROJECT)])
        for files in (HASHED, PINNED):
            print(f"==> pip-audit: {', '.join(files)}", flush=True)
            found += _advisories(files)
        print("==> checkov: the template of a stack with everything in it", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            found += _told(in_template(write_template(Path(folder))))
    except ToolFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    return int(found > 0)


def _advisories(files: Files) -> int:
    done = audits(files)
    findings = [finding for audit in done for finding in audit.findings]
    if done[-1].whole:
        print(f"{done[-1].service} was asked about {done[-1].asked} packages.")
    else:
        print(f"NOT CHECKED: {'; '.join(map(str, done))}. Nothing is known of vulnerabilities in them.")
    return _told(findings) if findings or done[-1].whole else 0


def _told(findings: Iterable[Finding]) -> int:
    count = 0
    for count, finding in enumerate(findings, start=1):  # noqa: B007
        print(finding)
    print("nothing found" if not count else f"{count} found: correct it, or accept it with a reason (docs/security.md)")
    return count


if __name__ == "__main__":
    sys.exit(main())

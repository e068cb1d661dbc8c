"""bandit: what in the code that is shipped or run by an operator invites an attack.

What is meant to be so says it in its line, `# nosec B603 # why`: bandit wants the rule, `unexplained` the reason.
The tests are not read: they open servers, run commands and make up secrets all the time, and nobody deploys them.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from tests.security.tool import Finding, run

READ: Final = ("app.py", "infra", "lambda", "commands")

_NOSEC: Final = re.compile(r"#\s*nosec\b", re.IGNORECASE)
_EXPLAINED: Final = re.compile(r"# nosec B[0-9]{3}(,B[0-9]{3})* # \S.{9,}")
_STALE: Final = re.compile(r"nosec encountered \((?P<rule>B\d+)\), but no failed test on file (?P<where>\S+:\d+)")


def in_code(paths: Iterable[str] = READ) -> list[Finding]:
    """What bandit finds there, and every line that accepts what it does not find. Raises ToolFailed."""
    ended = run("bandit", "--quiet", "--format", "json", "--recursive", *paths)
    report = ended.report
    if report is None:
        raise ended.failed()
    found = [
        Finding(each["test_id"], f"{each['filename']}:{each['line_number']}", each["issue_text"])
        for each in report["results"]
    ]
    unread = [Finding("unread", each["filename"], each["reason"]) for each in report["errors"]]
    stale = [
        Finding(each["rule"], each["where"], "is accepted here, and there is nothing to accept: take the nosec away")
        for each in _STALE.finditer(ended.err)
    ]
    return [*found, *unread, *stale]


def unexplained(root: Path, paths: Iterable[str] = READ) -> Iterator[Finding]:
    """Lines that switch bandit off without a rule and a reason."""
    for path in paths:
        files = sorted((root / path).rglob("*.py")) if (root / path).is_dir() else [root / path]
        for file in files:
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
                if _NOSEC.search(line) and not _EXPLAINED.search(line):
                    where = f"{file.relative_to(root)}:{number}"
                    yield Finding("nosec", where, "accepts without rule and reason: # nosec B123 # why")

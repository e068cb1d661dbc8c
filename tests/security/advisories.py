"""pip-audit: which pinned packages have a known vulnerability.

It asks an advisory service about each version. One that cannot be reached is no finding, and it is no "all is well":
pip-audit itself says "No known vulnerabilities found" when a service knows none of the packages, as a mirror of PyPI
does that has only the index (https://github.com/pypa/pip-audit, `Skip Reason`). What was not asked is said.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.security.tool import Ended, Finding, run

Files = tuple[str, ...]

HASHED: Final[Files] = (
    "lambda/collector/requirements.txt",
    "lambda/compactor/requirements.txt",
    "tests/security/requirements.txt",
)
PINNED: Final[Files] = ("constraints.txt",)

ACCEPTED: Final[dict[str, str]] = {}
"""Id of an advisory -> why it does not concern this project."""

_UNREACHABLE: Final = re.compile(
    r"requests\.exceptions\.(\w*Connection\w*|\w*Timeout|ProxyError|SSLError|ChunkedEncodingError)|ServiceError|"
    r"Could not connect to|is not redirecting"
)


@dataclass(frozen=True, slots=True)
class Service:
    """Who knows advisories."""

    name: str
    options: tuple[str, ...]


SERVICES: Final = (Service("PyPI", ("-s", "pypi")), Service("OSV", ("-s", "osv")))
"""The second is asked where the first does not know every package."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What a service said."""

    service: str
    findings: tuple[Finding, ...] = ()
    asked: int = 0
    """Packages of which the service knows whether they are vulnerable."""
    unknown: tuple[str, ...] = ()
    """Packages of which it does not."""
    unreachable: str = ""

    @property
    def whole(self) -> bool:
        """Every package was asked about."""
        return not self.unreachable and not self.unknown

    def __str__(self) -> str:
        """`PyPI knows none of 5 packages`."""
        if self.unreachable:
            return f"{self.service} was not reached ({self.unreachable})"
        count = len(self.unknown) + self.asked
        if not self.asked:
            return f"{self.service} knows none of {count} packages"
        return f"{self.service} does not know {len(self.unknown)} of {count} packages: {', '.join(self.unknown)}"


def audits(files: Files, services: Iterable[Service] = SERVICES) -> list[Audit]:
    """Ask one service after the other about all packages of these files, until one has answered for every one."""
    done: list[Audit] = []
    for service in services:
        done.append(_audit(files, service))
        if done[-1].whole:
            break
    return done


def _audit(files: Files, service: Service) -> Audit:
    # Pinned files hold every transitive version: nothing has to be resolved, pip is not needed.
    how = ("--disable-pip",) if files is HASHED else ("--disable-pip", "--no-deps")
    ignored = [part for identifier in ACCEPTED for part in ("--ignore-vuln", identifier)]
    named = [part for file in files for part in ("--requirement", file)]
    ended = run(
        "pip-audit",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
        *how,
        *service.options,
        *ignored,
        *named,
    )
    return _read(ended, service.name)


def _read(ended: Ended, service: str) -> Audit:
    """Raises ToolFailed when neither the packages nor the network explain why there is no report."""
    report = ended.report
    if report is None:
        unreachable = _UNREACHABLE.search(ended.err)
        if unreachable is None:
            raise ended.failed()
        return Audit(service, unreachable=unreachable[0])
    packages = report["dependencies"]
    known: Sequence[dict[str, object]] = [each for each in packages if "skip_reason" not in each]
    findings = [
        Finding(vulnerability["id"], f"{each['name']} {each['version']}", _fixed(vulnerability["fix_versions"]))
        for each in packages
        for vulnerability in each.get("vulns", [])
    ]
    unknown = tuple(each["name"] for each in packages if "skip_reason" in each)
    return Audit(service, tuple(findings), len(known), unknown)


def _fixed(versions: list[str]) -> str:
    return f"fixed in {', '.join(versions)}" if versions else "not fixed yet"

"""`make preflight`: asks Cloudflare for every zone of cdk.json before anything is deployed.

The credential is never an argument. It is looked for in CLOUDFLARE_API_TOKEN_<SOURCE>, CLOUDFLARE_API_TOKEN,
--token-file, and Secrets Manager, in this order.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cloudflare_api.client import Transport
from cloudflare_api.rate_limit import Pacer
from collector.retry import RetryPolicy
from commands._aws import CommandFailed
from commands._cloudflare import checked_base_url
from commands._config import CDK_JSON, collector_sources, configuration_of
from commands._credentials import CredentialResolver, ResolvedCredential
from commands._terminal import Parser, print_safe, seconds, while_it_is_read
from commands.preflight.check import Connection, PreflightCheck, Status, subscription_of
from commands.preflight.report import VERSION, Report, SourceReport, as_document, report_of, show
from infra.configuration import Configuration, ConfigurationError, Source

TIMEOUT_S: Final = 60.0


def main(
    arguments: Sequence[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    policy: RetryPolicy | None = None,
) -> int:
    """Ask, and return the exit status: see `Status`."""
    options = _options(arguments)
    try:
        report = _preflight(options, environment, clock, policy or RetryPolicy())
        _tell(report, as_json=options.json)
    except (CommandFailed, ConfigurationError) as failed:
        if options.json:
            _print({"version": VERSION, "status": int(Status.NOT_USABLE), "error": str(failed)})
        else:
            print_safe(failed, sys.stderr)
        return Status.NOT_USABLE
    except KeyboardInterrupt:
        print("Interrupted: nothing was changed.", file=sys.stderr)
        return Status.INTERRUPTED
    return report.status


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(prog="python -m commands.preflight", description=__doc__)
    parser.add_argument("--config", type=Path, default=CDK_JSON, metavar="FILE", help="default: the checkout's")
    parser.add_argument("--source", action="append", metavar="NAME", help="only this one; may be given several times")
    parser.add_argument("--token-file", metavar="FILE", help="holds the credential; - reads standard input")
    parser.add_argument("--deployed", action="store_true", help="ask with what the stack's secrets hold, nothing else")
    parser.add_argument("--no-names", action="store_true", help="do not list applications: half the requests")
    parser.add_argument(
        "--timeout", type=seconds, default=TIMEOUT_S, metavar="S", help="for all of it; default: %(default)g"
    )
    parser.add_argument("--json", action="store_true", help="for programs: docs/operations.md has the keys")
    return parser.read(arguments)


def _preflight(
    options: argparse.Namespace, environment: Mapping[str, str], clock: Callable[[], datetime], policy: RetryPolicy
) -> Report:
    configuration = configuration_of(options.config)
    chosen = _chosen(configuration, options.source or [])
    api = checked_base_url(environment)
    search = CredentialResolver(environment, options.token_file, deployed=options.deployed)
    found = search.of((source.name, source.secret) for source in chosen)
    asked_at = clock()
    connection = Connection(Transport(api, clock=clock), clock, Pacer(), policy)
    examination = PreflightCheck(connection, time.monotonic() + options.timeout, names=not options.no_names)
    examined = _examined(examination, configuration, chosen, found)
    subscription = subscription_of(configuration.alarms.email) if options.deployed else None
    return report_of(configuration, examined, asked_at, api, subscription)


def _examined(
    examination: PreflightCheck,
    configuration: Configuration,
    chosen: Sequence[Source],
    found: Mapping[str, ResolvedCredential],
) -> list[SourceReport]:
    polled = collector_sources(configuration)
    return [
        SourceReport(
            source,
            found[source.name].origin,
            examination.of(polled[source.name], source, found[source.name], still_to_come=len(chosen) - number),
        )
        for number, source in enumerate(chosen, start=1)
    ]


def _chosen(configuration: Configuration, names: Sequence[str]) -> list[Source]:
    known = {source.name: source for source in configuration.sources}
    if set(names) - known.keys():
        raise CommandFailed(f"There is no such source: the configuration has {', '.join(sorted(known))}.")
    return [source for name, source in known.items() if not names or name in names]


def _tell(report: Report, *, as_json: bool) -> None:
    with while_it_is_read():
        if as_json:
            _print(as_document(report))
        else:
            show(report)


def _print(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, indent=2))


if __name__ == "__main__":
    sys.exit(main())

"""`make cost`: what cdk.json costs a month, line by line."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.table import Table

from commands._aws import CommandFailed
from commands._config import CDK_JSON, configuration_of
from commands._terminal import console, print_safe, while_it_is_read
from infra.configuration import ConfigurationError
from infra.cost import Bill, Workload, estimate
from infra.prices import AS_OF, REGION, format_price

_CENT: Final = 0.01


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the bill, or what is wrong with the configuration; return the exit status: 0, or 1 without a bill."""
    options = _options(arguments)
    try:
        configuration = configuration_of(options.config)
        workload = Workload(applications_per_zone=options.applications, month=options.month)
    except (CommandFailed, ConfigurationError, ValueError) as failed:
        print_safe(failed, sys.stderr)
        return 1
    with while_it_is_read():
        _show(estimate(configuration, workload), workload)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m commands.cost", description=__doc__)
    parser.add_argument("--applications", type=int, default=1, help="in each zone that names none (default: 1)")
    parser.add_argument("--month", type=int, default=12, help="since the deployment, as data grow (default: 12)")
    parser.add_argument("--config", type=Path, default=CDK_JSON, metavar="FILE", help="default: the checkout's")
    return parser.parse_args(arguments)


def _show(bill: Bill, workload: Workload) -> None:
    terminal = console()
    lines = Table("service", "what", box=None, pad_edge=False, header_style="bold")
    for column in ("how many", "price", "a month"):
        lines.add_column(column, justify="right")
    small = [line for line in bill.lines if line.dollars < _CENT]
    for line in sorted(bill.lines, key=lambda line: -line.dollars):
        if line not in small:
            cells = (line.formatted_quantity, format_price(line.unit_price, line.unit), f"${line.dollars:,.2f}")
            lines.add_row(line.service, line.what, *cells)
    lines.add_row(f"{len(small)} below a cent", "", "", "", f"${sum(line.dollars for line in small):,.2f}")
    lines.add_row("together", "", "", "", f"${bill.total:,.2f}", style="bold")
    terminal.print(lines)
    for saving in bill.savings:
        terminal.print(
            f'"{saving.key}": {json.dumps(saving.value)} saves ${saving.dollars:,.2f} a month', soft_wrap=True
        )
    terminal.print(
        f"Month {workload.month}; {workload.applications_per_zone} applications in each zone that names none. List "
        f"prices of {REGION}, looked up on {AS_OF}, free tiers left out. How exact: docs/cost.md",
        soft_wrap=True,
    )


if __name__ == "__main__":
    sys.exit(main())

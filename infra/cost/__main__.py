"""What your cdk.json costs a month: `make cost [ARGS='--applications 20 --month 1']`."""

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from infra.configuration import CONTEXT_KEY, Configuration, ConfigurationError, parse
from infra.cost import Bill, Workload, estimate
from infra.cost.amount import price_of, quantity_of
from infra.cost.prices import AS_OF, REGION

_CENT: Final = 0.01
_CDK_JSON: Final = Path(__file__).resolve().parents[2] / "cdk.json"


def main() -> None:
    """Print the bill, or what is wrong with the configuration."""
    parser = argparse.ArgumentParser(prog="make cost", description="Estimate what cdk.json costs a month.")
    parser.add_argument("--applications", type=int, default=1, help="in each zone that names none (default: 1)")
    parser.add_argument("--month", type=int, default=12, help="since the deployment, as data grow (default: 12)")
    parser.add_argument("--configuration", type=Path, default=_CDK_JSON, help="another cdk.json")
    chosen = parser.parse_args()
    try:
        configuration = _configuration(chosen.configuration)
        workload = Workload(applications_per_zone=chosen.applications, month=chosen.month)
    except (OSError, ValueError, ConfigurationError) as error:
        sys.exit(str(error))
    _show(estimate(configuration, workload), workload)


def _configuration(path: Path) -> Configuration:
    return parse(json.loads(path.read_text(encoding="utf-8")).get("context", {}).get(CONTEXT_KEY))


def _show(bill: Bill, workload: Workload) -> None:
    console = Console(highlight=False)
    lines = Table("service", "what", box=None, pad_edge=False, header_style="bold")
    for column in ("how many", "price", "a month"):
        lines.add_column(column, justify="right")
    small = [line for line in bill.lines if line.dollars < _CENT]
    for line in sorted(bill.lines, key=lambda line: -line.dollars):
        if line not in small:
            cells = (quantity_of(line), price_of(line.unit_price, line.unit), f"${line.dollars:,.2f}")
            lines.add_row(line.service, line.what, *cells)
    lines.add_row(f"{len(small)} below a cent", "", "", "", f"${sum(line.dollars for line in small):,.2f}")
    lines.add_row("together", "", "", "", f"${bill.total:,.2f}", style="bold")
    console.print(lines)
    for lever in bill.levers:
        console.print(f'"{lever.key}": {json.dumps(lever.value)} saves ${lever.dollars:,.2f} a month', soft_wrap=True)
    console.print(
        f"Month {workload.month}; {workload.applications_per_zone} applications in each zone that names none. List "
        f"prices of {REGION}, looked up on {AS_OF}, free tiers left out. How exact: docs/cost.md",
        soft_wrap=True,
    )


if __name__ == "__main__":
    main()

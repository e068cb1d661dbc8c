"""What the stack costs a month, before it is deployed: `estimate(configuration, workload)`.

In the order in which a bill comes about: `prices` are AWS's, `measures` what one run takes, `workload` what the
configuration does not know; `polling` counts what each source sends, `metrics`, `watching`, `running` and `keeping`
turn the counts into lines of a `bill`, `levers` tries what would save, and `estimation` brings it all together.
`announcement` is what synth says of it, `amount` how quantities and prices are written.
"""

from infra.cost.bill import Bill, Lever, Line
from infra.cost.estimation import estimate
from infra.cost.workload import Workload

__all__ = ["Bill", "Lever", "Line", "Workload", "estimate"]

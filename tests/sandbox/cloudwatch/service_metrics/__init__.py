"""The metrics that AWS's services publish of themselves, worked out from what happened in the sandbox.

Written from each service's documentation, whose page stands in each module. Sparse where the service is: a function
that was not started and a queue that sleeps have no data.
"""

from tests.sandbox.cloudwatch.service_metrics.everything import everything

__all__ = ["everything"]

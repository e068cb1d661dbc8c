"""What happened on the way from the schedules to the functions, from which AWS makes metrics of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from moto.sqs.models import sqs_backends

from tests.sandbox.aws.backstage import ACCOUNT, REGION
from tests.sandbox.schedule.delivery import Delivered
from tests.sandbox.schedule.scheduler import Delivery


@dataclass(frozen=True, slots=True)
class Depths:
    """How many messages are visible in each queue, by its name, from a moment on."""

    since: datetime
    messages: Mapping[str, int]


@dataclass(slots=True)
class History:
    """Everything in the order in which it happened."""

    deliveries: list[tuple[Delivery, Delivered]] = field(default_factory=list)
    depths: list[Depths] = field(default_factory=list)

    def record(self, delivery: Delivery, delivered: Delivered) -> None:
        """Keep what became of a delivery, and what it left in the queues."""
        self.deliveries.append((delivery, delivered))
        throttled = delivered.processed.throttled if delivered.processed else ()
        self.note_queues(max(delivery.at, *throttled) if throttled else delivery.at)

    def note_queues(self, at: datetime) -> None:
        """Look into every queue."""
        queues = sqs_backends[ACCOUNT][REGION].queues
        self.depths.append(Depths(at, {name: queue.approximate_number_of_messages for name, queue in queues.items()}))

    def clear(self) -> None:
        """Forget all of it."""
        self.deliveries.clear()
        self.depths.clear()

"""Every kind of trouble that may strike, as data: the plan only draws from these tables."""

from dataclasses import dataclass
from typing import Final

from tests.end_to_end.fault_table import LISTING
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.aws.faults import Kind
from tests.sandbox.cloudflare import KINDS, Call
from tests.sandbox.cloudflare import Fault as CloudflareFault

OF_THE_LIST: Final = tuple(LISTING)
"""Kinds that befall only a list of applications."""

OF_THE_USAGE: Final = tuple(sorted(set(KINDS) - set(LISTING)))

SLOW: Final = frozenset(
    kind
    for kind in OF_THE_USAGE
    if kind.startswith(("drip", "hang", "endless"))
    or kind in ("slow", "latency", "interim_late", "gzip_bomb", "huge_body")
)
"""What may cost more time than a run has: the answer is true, and yet may come too late."""

_DRIP_S: Final = 0.002
_LARGE_BYTES: Final = 5 * 1024 * 1024
"""More than the collector takes, and no more than the machine takes well."""


def cloudflare_fault(
    kind: str, *, zone: str | None, times: int | None, probability: float | None, call: Call | None
) -> CloudflareFault:
    """A fault of this kind, in a size that a day of hundreds of them can bear."""
    return CloudflareFault(
        kind,
        zone=zone,
        call=call,
        times=times,
        probability=probability,
        delay_s=_DRIP_S if kind.startswith("drip") else 0.05,
        size_bytes=_LARGE_BYTES,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Calls that a fault may strike."""

    service: str
    operation: str
    key: str


@dataclass(frozen=True, slots=True)
class Blow:
    """What a struck call meets."""

    name: str
    kind: Kind
    weight: int
    code: str = ""
    status: int = 0
    seconds: float = 0.0
    lasts: bool = True
    """Whether it may strike again and again: a hanging call takes seconds of real time."""

    def at(self, place: Place, role: str, times: int | None) -> AwsFault:
        """The fault."""
        code, status = (
            _THROTTLES.get(place.service, _THROTTLE) if self.name == "throttled" else (self.code, self.status)
        )
        return AwsFault(
            self.kind,
            service=place.service,
            operation=place.operation,
            key=place.key,
            role=role,
            times=times if self.lasts else 1,
            code=code,
            status=status,
            seconds=self.seconds,
        )


COLLECTOR_CALLS: Final = (
    Place("s3", "HeadObject", "raw/*"),
    Place("s3", "PutObject", "raw/*"),
    Place("s3", "PutObject", "raw/*"),
    Place("s3", "GetObject", "catalog/*"),
    Place("s3", "PutObject", "catalog/*"),
    Place("cloudwatch", "PutMetricData", "Cloudflare/Spectrum"),
    Place("cloudwatch", "PutMetricData", "Cloudflare/Spectrum"),
    Place("cloudwatch", "PutMetricData", "Cloudflare/Spectrum/Collector"),
    Place("secretsmanager", "GetSecretValue", "*"),
)
"""Writes twice, as most depends on them."""

COMPACTOR_CALLS: Final = (
    Place("s3", "ListObjectsV2", "*"),
    Place("s3", "GetObject", "raw/*"),
    Place("s3", "GetObject", "history/*"),
    Place("s3", "HeadObject", "history/*"),
    Place("s3", "PutObject", "history/polls/*"),
    Place("s3", "PutObject", "history/usage/*"),
    Place("s3", "PutObject", "reports/*"),
    Place("cloudwatch", "GetMetricData", "*"),
)

OPERATOR_CALLS: Final = (
    Place("s3", "PutObject", "raw/*"),
    Place("s3", "PutObject", "reports/replay/*"),
    Place("s3", "GetObject", "*"),
    Place("cloudwatch", "GetMetricData", "*"),
    Place("cloudwatch", "PutMetricData", "Cloudflare/Spectrum"),
    Place("cloudwatch", "PutMetricData", "Cloudflare/Spectrum/Collector"),
    Place("logs", "FilterLogEvents", "*"),
)

_THROTTLE: Final = ("ThrottlingException", 400)
_THROTTLES: Final = {"s3": ("SlowDown", 503)}
"""https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList"""

DENIED: Final = Blow("denied", "refuse", 3, code="AccessDenied")
"""What an outage is made of: a refusal costs a run no time, unlike a 5xx, and so may last."""

BLOWS: Final = (
    DENIED,
    Blow("throttled", "refuse", 6),
    Blow("5xx", "fail", 4),
    Blow("5xx, applied", "fail_answer", 4, lasts=False),
    Blow("cut", "drop", 4),
    Blow("cut, applied", "drop_answer", 4, lasts=False),
    Blow("slow", "slow", 2, seconds=0.3),
    Blow("time-out", "hang", 1, lasts=False),
    Blow("time-out, applied", "hang_answer", 1, lasts=False),
)

QUICK_BLOWS: Final = tuple(blow for blow in BLOWS if not blow.kind.startswith("hang"))
"""For the compactor and the operator, who wait a minute for an answer."""

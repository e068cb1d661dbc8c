"""CloudWatch's anomaly detectors, which moto lacks: kept, told and removed, never trained.

API: PutAnomalyDetector, DescribeAnomalyDetectors, DeleteAnomalyDetector
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/).
"""

from functools import cache
from typing import Any, Final

from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

_SINGLE: Final = "SingleMetricAnomalyDetector"


@cache
def install() -> None:
    """Teaches moto, once in a process."""
    CloudWatchResponse.put_anomaly_detector = _put  # type: ignore[attr-defined]
    CloudWatchResponse.describe_anomaly_detectors = _describe  # type: ignore[attr-defined]
    CloudWatchResponse.delete_anomaly_detector = _delete  # type: ignore[attr-defined]


def _kept(backend: CloudWatchBackend) -> list[Any]:
    """The detectors of an account and region. moto makes a new backend when it is reset, and they go with the old."""
    if not hasattr(backend, "anomaly_detectors"):
        backend.anomaly_detectors = []  # type: ignore[attr-defined]
    kept: list[Any] = backend.anomaly_detectors  # type: ignore[attr-defined]
    return kept


def _put(self: CloudWatchResponse) -> ActionResult:
    kept, detector = _kept(self.cloudwatch_backend), self._get_param(_SINGLE)
    if detector not in kept:
        kept.append(detector)
    return EmptyResult()


def _describe(self: CloudWatchResponse) -> ActionResult:
    detectors = [
        {
            "Namespace": detector["Namespace"],
            "MetricName": detector["MetricName"],
            "Dimensions": detector.get("Dimensions", []),
            "Stat": detector["Stat"],
            "StateValue": "PENDING_TRAINING",
            _SINGLE: detector,
        }
        for detector in _kept(self.cloudwatch_backend)
    ]
    return ActionResult({"AnomalyDetectors": detectors})


def _delete(self: CloudWatchResponse) -> ActionResult:
    _kept(self.cloudwatch_backend).remove(self._get_param(_SINGLE))
    return EmptyResult()

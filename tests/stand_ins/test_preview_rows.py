"""What the preview asks for: a widget's `metrics` as CloudWatch's documentation abbreviates them."""

from typing import Any

import pytest

from tests.preview.body import Place, widgets_of
from tests.preview.rows import rows_of


def queries(*metrics: list[Any], **properties: Any) -> list[dict[str, Any]]:
    return [dict(row.query) for row in rows_of({"metrics": list(metrics), **properties})]


def named(query: dict[str, Any]) -> tuple[str, str, dict[str, str]]:
    metric = query["MetricStat"]["Metric"]
    return metric["Namespace"], metric["MetricName"], {each["Name"]: each["Value"] for each in metric["Dimensions"]}


def test_dots_stand_for_what_the_metric_before_has_in_their_place() -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html
    found = queries(
        ["AWS/EC2", "CPUUtilization", "InstanceId", "i-1"],
        [".", "NetworkIn", ".", "."],
        ["...", "i-2"],
        ["AWS/EC2", "DiskReadBytes", "AutoScalingGroupName", "g", {"stat": "Sum"}],
        ["..."],
    )
    assert [named(query) for query in found] == [
        ("AWS/EC2", "CPUUtilization", {"InstanceId": "i-1"}),
        ("AWS/EC2", "NetworkIn", {"InstanceId": "i-1"}),
        ("AWS/EC2", "NetworkIn", {"InstanceId": "i-2"}),
        ("AWS/EC2", "DiskReadBytes", {"AutoScalingGroupName": "g"}),
        ("AWS/EC2", "DiskReadBytes", {"AutoScalingGroupName": "g"}),
    ]


def test_a_metrics_own_period_and_statistic_go_before_the_widgets_and_these_before_the_defaults() -> None:
    metrics: list[list[Any]] = [["N", "M", {"period": 60, "stat": "p99"}], ["N", "O"]]
    stats = [(query["MetricStat"]["Period"], query["MetricStat"]["Stat"]) for query in queries(*metrics)]
    assert stats == [(60, "p99"), (300, "Average")]
    widget = queries(*metrics, period=120, stat="Sum")
    assert [(each["MetricStat"]["Period"], each["MetricStat"]["Stat"]) for each in widget] == [
        (60, "p99"),
        (120, "Sum"),
    ]


def test_an_expression_keeps_its_id_and_what_is_hidden_is_asked_for_and_not_returned() -> None:
    hidden, shown = queries(
        ["N", "M", {"id": "m1", "visible": False}], [{"expression": "m1*8", "label": "bits", "id": "e1"}], period=60
    )
    assert (hidden["Id"], hidden["ReturnData"]) == ("m1", False)
    assert shown == {"Id": "e1", "ReturnData": True, "Expression": "m1*8", "Period": 60, "Label": "bits"}


@pytest.mark.parametrize(
    ("metrics", "labels"),
    [
        ([["N", "M", "Zone", "a"]], ["M"]),
        ([["N", "M", "Zone", "a"], ["...", "b"]], ["a", "b"]),
        ([["N", "M", "Zone", "a"], [".", "O", ".", "."]], ["M", "O"]),
        ([["N", "M", {"stat": "p50"}], ["...", {"stat": "p99"}]], ["p50", "p99"]),
        ([["N", "M", {"label": "given"}], ["N", "O"]], ["given", "O"]),
    ],
)
def test_a_label_that_is_not_given_is_what_tells_a_metric_from_the_others(
    metrics: list[list[Any]], labels: list[str]
) -> None:
    assert [query["Label"] for query in queries(*metrics)] == labels


def test_ids_that_are_not_given_are_made_up_and_differ() -> None:
    ids = [query["Id"] for query in queries(["N", "M"], ["N", "O"], ["N", "P", {"id": "m1"}])]
    assert len(set(ids)) == 3


def test_a_widget_without_a_place_stands_in_the_next_that_is_free() -> None:
    body = (
        '{"widgets": [{"type": "text", "x": 0, "y": 0, "width": 18, "height": 3}, {"type": "text"}, {"type": "text"}]}'
    )
    assert [widget.place for widget in widgets_of(body)] == [
        Place(0, 0, 18, 3),
        Place(18, 0, 6, 6),
        Place(0, 3, 6, 6),
    ]

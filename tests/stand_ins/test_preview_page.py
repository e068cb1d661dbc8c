"""The preview's page: what CloudWatch would draw, what cannot be drawn said in its place, and nothing obeyed."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.preview.body import Widget, widgets_of
from tests.preview.markdown import markdown
from tests.preview.markup import element
from tests.preview.numbers import short, with_unit
from tests.preview.page import page
from tests.preview.plot import Shown
from tests.preview.widgets import NO_DATA, Drawn, drawn
from tests.stand_ins.metrics_at_hand import START, MetricsAtHand

METRICS = MetricsAtHand()
METRICS.put("N", "M", [1.0, 3.0, None, 5.0, None], Zone="a")
METRICS.put("N", "M", [10.0, 30.0, 20.0, None, None], Zone="b")
SHOWN = Shown(METRICS, START, START + timedelta(minutes=5))
BOTH = [["N", "M", "Zone", "a"], ["...", "b"]]


def widget(kind: str = "metric", **properties: Any) -> Widget:
    (read,) = widgets_of(json.dumps({"widgets": [{"type": kind, "properties": properties}]}))
    return read


def metrics(*, rows: list[Any] | None = None, **properties: Any) -> Drawn:
    return drawn(widget(metrics=rows or BOTH, period=60, stat="Sum", **properties), SHOWN)


def graph(*, rows: list[Any] | None = None, **properties: Any) -> dict[str, Any]:
    option = metrics(rows=rows, **properties).graph
    assert option is not None
    return dict(option)


def heights(series: dict[str, Any]) -> list[float | None]:
    return [point["value"][1] for point in series["data"]]


def test_a_line_has_a_point_for_every_period_and_none_where_nothing_is_known() -> None:
    first, second = graph()["series"]
    assert heights(first) == [1, 3, None, 5, None]
    assert heights(second) == [10, 30, 20, None, None]
    assert first["connectNulls"] is False


def test_a_point_between_two_gaps_is_a_dot() -> None:
    first, _second = graph()["series"]
    assert [point.get("symbol") for point in first["data"]] == [None, None, None, "circle", None]


def test_only_a_stacked_graph_stacks() -> None:
    assert all("stack" not in series for series in graph()["series"])
    stacked = graph(stacked=True)["series"]
    assert [series["stack"] for series in stacked] == ["left", "left"]
    assert all("areaStyle" in series for series in stacked)


def test_axes_are_labelled_limited_and_left_or_right_as_asked() -> None:
    rows = [["N", "M", "Zone", "a"], ["...", "b", {"yAxis": "right"}]]
    axes = {"left": {"label": "Mbit/s", "min": 0, "max": 50}, "right": {"label": "count"}}
    option = graph(rows=rows, yAxis=axes)
    left, right = option["yAxis"]
    assert (left["name"], left["position"], left["min"], left["max"]) == ("Mbit/s", "left", 0, 50)
    assert (right["name"], right["position"]) == ("count", "right")
    assert [series["yAxisIndex"] for series in option["series"]] == [0, 1]


def test_an_annotation_is_drawn_and_within_the_picture() -> None:
    option = graph(annotations={"horizontal": [{"label": "limit", "value": 500, "fill": "above"}]})
    (line,) = option["series"][0]["markLine"]["data"]
    assert (line["yAxis"], line["label"]["formatter"]) == (500, "limit")
    assert option["yAxis"][0]["max"] > 500
    ((first, last),) = option["series"][0]["markArea"]["data"]
    assert first["yAxis"] == 500 < last["yAxis"]


def test_the_time_axis_is_utc_and_as_long_as_the_range() -> None:
    option = graph()
    assert option["useUTC"] is True
    assert option["xAxis"]["min"] == START.timestamp() * 1000
    assert option["xAxis"]["max"] - option["xAxis"]["min"] == 5 * 60_000


def test_colours_go_by_the_order_of_the_lines_unless_given() -> None:
    first = [series["color"] for series in graph()["series"]]
    assert first == [series["color"] for series in graph(stacked=True)["series"]]
    given_colour = graph(rows=[["N", "M", "Zone", "a", {"color": "#123456"}], ["...", "b"]])["series"]
    assert [series["color"] for series in given_colour] == ["#123456", first[0]]


@pytest.mark.parametrize(("position", "there"), [("bottom", True), ("right", True), ("hidden", False)])
def test_the_legend_stands_where_it_is_asked_for(position: str, there: bool) -> None:
    html = metrics(legend={"position": position}).html.text
    assert f"legend-{position}" in html
    assert (">a</li>" in html) is there


def test_a_single_value_is_the_newest_and_two_dashes_where_there_is_none() -> None:
    html = metrics(view="singleValue", rows=[*BOTH, ["...", "c"]]).html.text
    assert re.findall(r'class="value">([^<]*)', html) == ["5", "20", "--"]


def test_a_single_value_over_the_time_range_is_of_all_of_it() -> None:
    html = metrics(view="singleValue", setPeriodToTimeRange=True).html.text
    assert re.findall(r'class="value">([^<]*)', html) == ["9", "60"]


def test_a_sparkline_has_a_stroke_for_each_stretch_without_a_gap() -> None:
    html = metrics(view="singleValue", sparkline=True).html.text
    assert html.count("<polyline") == 3


def test_a_table_has_a_row_for_each_line_with_its_summary_and_the_newest_first() -> None:
    html = metrics(view="table", table={"summaryColumns": ["MAX", "SUM"]}).html.text
    assert re.findall(r"<th>([^<]*)", html) == ["Label", "Max", "Sum", "22:04", "22:03", "22:02", "22:01", "22:00"]
    assert re.findall(r"<td>([^<]*)", html)[1:8] == ["5", "9", "-", "5", "-", "3", "1"]
    assert "22:00" not in metrics(view="table", table={"showTimeSeriesData": False}).html.text


def test_bars_and_pies_show_the_newest_value_of_each_line() -> None:
    assert [bar["value"] for bar in graph(view="bar")["series"][0]["data"]] == [5, 20]
    assert [(part["name"], part["value"]) for part in graph(view="pie")["series"][0]["data"]] == [("a", 5), ("b", 20)]


@pytest.mark.parametrize(
    ("undrawn", "said"),
    [
        (widget("log", query="fields @message"), "type log"),
        (widget("explorer"), "type explorer"),
        (widget(metrics=BOTH, view="gauge"), "view gauge"),
        (widget(metrics=[[{"expression": "SERVICE_QUOTA(m1)"}]]), "SERVICE_QUOTA"),
        (widget(metrics=[[{"expression": "SUM("}]]), "not understood"),
        (widget(metrics=[], annotations={"alarms": ["arn"]}), "graph of an alarm"),
        (widget(metrics=[["N", "Nothing"]]), NO_DATA),
        (widget(metrics=[[{"expression": "SEARCH('{Nothing}', 'Sum', 60)"}]], view="singleValue"), NO_DATA),
    ],
)
def test_what_is_not_drawn_is_said_in_its_place(undrawn: Widget, said: str) -> None:
    content = drawn(undrawn, SHOWN)
    assert content.graph is None
    assert 'class="said"' in content.html.text
    assert said in content.html.text


def test_text_is_markdown_and_its_markup_is_text() -> None:
    html = markdown(
        "# Title\n\n|a|b|\n|-|-|\n|1|2|\n\n<b>x</b> [go](https://example.com) [bad](javascript:alert(1))"
    ).text
    assert "<h1>Title</h1>" in html
    assert "<td>1</td>" in html
    assert "&lt;b&gt;x" in html
    assert 'href="https://example.com"' in html
    assert 'href="javascript' not in html


def test_a_button_is_a_link_without_its_mark() -> None:
    html = markdown("[button:primary:Runbook](https://example.com)").text
    assert '<a class="button" href="https://example.com">Runbook</a>' in html


@given(st.text(max_size=60))
def test_no_name_can_end_its_element_or_its_script(name: str) -> None:
    written = element("li", name, title=name).text
    assert written.count("<") == 2
    assert written.count('"') == 2
    hostile = f"</script><!--{name}"
    rows = [["N", "M", "Zone", "a", {"label": hostile.replace("$", "")}]]
    content = page(name, [widget(title=name, metrics=rows)], SHOWN)
    script = content.partition('<script type="application/json" id="graphs">')[2].partition("</script>")[0]
    assert json.loads(script)[0]["series"][0]["name"] == hostile.replace("$", "")


def test_the_page_needs_nothing_from_anywhere() -> None:
    content = page("D", [widget(metrics=BOTH, period=60, title="T")], SHOWN)
    markup = re.sub(r"(?s)(<script\b[^>]*>).*?</script>", r"\1", content)
    assert re.findall(r"\b(?:src|href)=|@import|url\(", markup) == []
    assert "default-src 'none'" in markup
    assert len(content) < 2_000_000


@pytest.mark.parametrize(
    ("value", "read"),
    [(0, "0"), (0.25, "0.25"), (12.34, "12.3"), (999, "999"), (1500, "1.5k"), (12_345_678, "12.3M"), (2e9, "2G")],
)
def test_numbers_have_three_digits_and_a_prefix(value: float, read: str) -> None:
    assert short(value) == read


@pytest.mark.parametrize(("unit", "read"), [("Percent", "5 %"), ("Count", "5"), ("Bytes", "5 Bytes"), ("", "5")])
def test_a_unit_stands_behind_its_number_where_it_is_one(unit: str, read: str) -> None:
    assert with_unit(5, unit) == read

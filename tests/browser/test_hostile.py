"""Names with markup, and hundreds of lines, in a browser."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.browser.chromium import Page, opened
from tests.preview.body import widgets_of
from tests.preview.page import page as drawn
from tests.preview.plot import Shown
from tests.stand_ins.metrics_at_hand import START, MetricsAtHand

pytestmark = pytest.mark.browser

NAMES = (
    "<script>window.struck = 'script'</script>",
    "</script><script>window.struck = 'end'</script>",
    "<img src=x onerror=\"window.struck = 'image'\">",
    "'\"><b>bold</b>",
)
SEARCH = {"expression": "SEARCH('{N,Application} MetricName=\"M\"', 'Sum', 60)"}
MANY = {"expression": "SEARCH('{N,Host} MetricName=\"M\"', 'Sum', 60)"}


def widget(y: int, view: str, search: object, **properties: object) -> dict[str, object]:
    given = {"title": NAMES[0], "view": view, "metrics": [[search]], **properties}
    return {"type": "metric", "x": 0, "y": y, "width": 12, "height": 6, "properties": given}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    metrics = MetricsAtHand()
    for name in NAMES:
        metrics.put("N", "M", [1.0, 2.0, None, 4.0], Application=name)
    for number in range(500):
        metrics.put("N", "M", [float(number)] * 4, Host=f"host-{number:03}.example")
    body = {
        "widgets": [
            *(widget(6 * number, view, SEARCH) for number, view in enumerate(("timeSeries", "bar", "pie"))),
            *(widget(18 + 6 * number, view, SEARCH) for number, view in enumerate(("table", "singleValue"))),
            widget(30, "timeSeries", MANY),
            widget(36, "timeSeries", MANY, legend={"position": "right"}),
            {"type": "text", "x": 0, "y": 42, "width": 12, "height": 6, "properties": {"markdown": NAMES[2]}},
        ]
    }
    file = tmp_path_factory.mktemp("hostile") / "page.html"
    shown = Shown(metrics, START, START + timedelta(minutes=5))
    file.write_text(drawn(NAMES[1], widgets_of(json.dumps(body)), shown), encoding="utf-8")
    with opened(file) as page:
        yield page


def test_markup_in_names_is_shown_and_not_obeyed(page: Page) -> None:
    assert page.ask("return window.struck ?? null") is None
    assert page.errors() == []
    labels = page.ask("return [...document.querySelectorAll('.legend li')].map((entry) => entry.textContent)")
    assert set(NAMES) <= set(labels)
    assert page.ask("return document.querySelectorAll('b, img').length") == 0


def test_a_tooltip_shows_markup_as_text(page: Page) -> None:
    page.ask("graphs[0].dispatchAction({type: 'showTip', seriesIndex: 0, dataIndex: 1})")
    assert page.ask("return window.struck ?? null") is None
    assert page.ask("return document.querySelectorAll('b, img').length") == 0


def test_the_legend_of_hundreds_of_lines_scrolls_and_leaves_the_graph_its_room(page: Page) -> None:
    measured = page.ask(
        "return [...document.querySelectorAll('.graph')].slice(-2).map((graph) => {"
        "  const legend = graph.querySelector('.legend'), chart = graph.querySelector('.chart');"
        "  return [legend.children.length, legend.scrollHeight - legend.clientHeight, chart.clientHeight,"
        "          chart.clientWidth]; })"
    )
    for entries, hidden, height, width in measured:
        assert entries == 500
        assert hidden > 0
        assert height > 120
        assert width > 300

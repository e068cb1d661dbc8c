"""The demo's dashboard in a browser: everything is drawn, in its place, and nothing leaves the machine."""

from typing import Any

import pytest

from tests.browser.chromium import WIDTH, Page

pytestmark = pytest.mark.browser

WIDGETS = """
return [...document.querySelectorAll('.widget')].map((widget) => {
  const box = (element) => { const {left, top, right, bottom} = element.getBoundingClientRect();
                             return {left, top, right, bottom}; };
  const all = (selector) => [...widget.querySelectorAll(selector)];
  return {
    kind: widget.classList[1],
    title: (widget.querySelector('h1, h2') ?? {textContent: ''}).textContent,
    said: all('.said').map((each) => each.textContent).join(' '),
    shapes: all('.chart svg path').map((path) => path.getAttribute('d')),
    texts: all('.chart svg text').map((text) => text.textContent),
    figures: all('.figure .value').map((value) => value.textContent),
    cells: all('td').length,
    alarms: all('.tile .state').map((state) => state.textContent),
    box: box(widget),
    charts: all('.chart').map(box),
    legends: all('.legend').map(box),
  };
});
"""


@pytest.fixture(scope="module")
def widgets(dashboard: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = dashboard.ask(WIDGETS)
    assert found
    return found


def apart(first: dict[str, float], second: dict[str, float]) -> bool:
    return (
        first["right"] <= second["left"]
        or second["right"] <= first["left"]
        or first["bottom"] <= second["top"]
        or second["bottom"] <= first["top"]
    )


def within(inner: dict[str, float], outer: dict[str, float]) -> bool:
    return (
        inner["left"] >= outer["left"]
        and inner["top"] >= outer["top"]
        and inner["right"] <= outer["right"]
        and inner["bottom"] <= outer["bottom"]
    )


def test_every_widget_but_a_text_has_a_title(widgets: list[dict[str, Any]]) -> None:
    assert [widget for widget in widgets if widget["kind"] != "text" and not widget["title"].strip()] == []


def test_every_widget_shows_data_or_says_why_there_are_none(widgets: list[dict[str, Any]]) -> None:
    for widget in widgets:
        shown = widget["shapes"] or widget["figures"] or widget["cells"] or widget["alarms"] or widget["said"]
        assert shown or widget["kind"] == "text", widget["title"]
        assert not widget["charts"] or len(widget["shapes"]) > 3, f"{widget['title']}: axes, and no line"


def test_no_query_of_the_dashboard_is_refused(widgets: list[dict[str, Any]]) -> None:
    assert [widget["said"] for widget in widgets if "cannot answer" in widget["said"]] == []


def test_every_alarm_of_the_dashboard_is_evaluated(widgets: list[dict[str, Any]]) -> None:
    states = [state for widget in widgets for state in widget["alarms"]]
    assert [state for state in states if "Not evaluated" in state] == []


def test_minutes_that_are_not_known_are_gaps_in_the_lines(widgets: list[dict[str, Any]]) -> None:
    assert any(shape.count("M") > 1 for widget in widgets for shape in widget["shapes"])


def test_times_are_utc_wherever_the_browser_is(dashboard: Page, widgets: list[dict[str, Any]]) -> None:
    assert dashboard.ask("return Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Tokyo"
    axes = [set(widget["texts"]) for widget in widgets if any(":" in text for text in widget["texts"])]
    assert axes
    assert all({"23:00", "00:00", "01:00"} <= axis for axis in axes)


def test_no_number_on_an_axis_has_more_than_a_few_digits(widgets: list[dict[str, Any]]) -> None:
    texts = [text for widget in widgets for text in widget["texts"]]
    assert [text for text in texts if "e+" in text or sum(sign.isdigit() for sign in text) > 4] == []


def test_widgets_do_not_overlap(widgets: list[dict[str, Any]]) -> None:
    boxes = [(widget["title"], widget["box"]) for widget in widgets]
    overlapping = [
        (title, other)
        for number, (title, box) in enumerate(boxes)
        for other, beside in boxes[number + 1 :]
        if not apart(box, beside)
    ]
    assert overlapping == []


def test_legends_cover_no_data_and_stay_in_their_widget(widgets: list[dict[str, Any]]) -> None:
    for widget in widgets:
        for legend in widget["legends"]:
            assert all(apart(legend, chart) for chart in widget["charts"]), widget["title"]
        for part in (*widget["legends"], *widget["charts"]):
            assert within(part, widget["box"]), widget["title"]


def test_a_graph_keeps_room_for_its_lines(widgets: list[dict[str, Any]]) -> None:
    for widget in widgets:
        for chart in widget["charts"]:
            assert chart["bottom"] - chart["top"] >= 80, widget["title"]


def test_the_page_does_not_scroll_sideways(dashboard: Page) -> None:
    assert dashboard.ask("return document.documentElement.scrollWidth") <= WIDTH


def test_the_console_shows_no_error(dashboard: Page) -> None:
    assert dashboard.errors() == []


def test_nothing_is_fetched_but_the_file(dashboard: Page) -> None:
    requests = dashboard.requests()
    assert requests
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []

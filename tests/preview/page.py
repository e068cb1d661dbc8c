"""The page: all widgets in CloudWatch's grid, the library that draws, and nothing to be fetched."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.preview.body import Widget
from tests.preview.markup import Html, element, joined
from tests.preview.plot import Shown
from tests.preview.widgets import Drawn, drawn

_FOLDER: Final = Path(__file__).parent
_LIBRARY: Final = _FOLDER.parents[1] / ".venv" / "preview" / "node_modules" / "echarts" / "dist" / "echarts.min.js"
"""Apache ECharts: lines with gaps, stacked areas, bars and pies as SVG, in one file of 1.1 MB. `make setup` puts it
here, with the npm that the CDK CLI needs anyway; its version stands in the Makefile."""


def page(name: str, widgets: Sequence[Widget], shown: Shown) -> str:
    """One HTML document, which works from a file and without a network."""
    sections, graphs = [], []
    for widget in widgets:
        content = drawn(widget, shown)
        sections.append(_section(widget, content))
        graphs.append(content.graph)
    head = joined(
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'),
        # Belt and braces: a page that may load nothing and talk to nobody.
        Html(
            '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
            "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">"
        ),
        element("title", f"{name}: preview"),
        element("style", Html((_FOLDER / "page.css").read_text("utf-8"))),
    )
    body = joined(
        _header(name, shown),
        element("main", *sections),
        Html(f'<script type="application/json" id="graphs">{_in_script([each for each in graphs if each])}</script>'),
        Html(f"<script>{_library()}</script>"),
        Html(f"<script>{(_FOLDER / 'page.js').read_text('utf-8')}</script>"),
    )
    return f'<!doctype html>\n<html lang="en"><head>{head.text}</head><body>{body.text}</body></html>\n'


@cache
def _library() -> str:
    return _LIBRARY.read_text("utf-8")


def _header(name: str, shown: Shown) -> Html:
    return element(
        "header",
        element("h1", name),
        element("span", f"{_clock(shown.start)} to {_clock(shown.end)} UTC", class_="range"),
        element("span", "Preview with simulated data, drawn on this machine and not by CloudWatch", class_="note"),
    )


def _section(widget: Widget, content: Drawn) -> Html:
    place = widget.place
    style = f"grid-area:{place.y + 1}/{place.x + 1}/span {place.height}/span {place.width}"
    title = [element("h2", widget.title, title=widget.title)] if widget.title else []
    transparent = " transparent" if widget.properties.get("background") == "transparent" else ""
    return element("section", *title, content.html, class_=f"widget {widget.kind}{transparent}", style=style)


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _in_script(value: Any) -> str:
    """JSON that no HTML parser takes for the end of its script."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

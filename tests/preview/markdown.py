"""`text`: Markdown, without HTML of its own.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/add_remove_text_dashboard.html: tables and links, and
links as buttons, `[button:primary:Text](url)`.
"""

import re
from typing import Final

from markdown_it import MarkdownIt

from tests.preview.markup import Html

_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table")
_BUTTON: Final = re.compile(r'<a href="([^"]*)">button:(?:primary:)?')


def markdown(text: str) -> Html:
    """The text as HTML. Markup in it is shown as it was written."""
    return Html(f'<div class="text">{_BUTTON.sub(_button, _MARKDOWN.render(text))}</div>')


def _button(found: re.Match[str]) -> str:
    return f'<a class="button" href="{found[1]}">'

"""HTML in which nothing that was read can become markup."""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Html:
    """Text that is markup already."""

    text: str


def element(name: str, *children: "Html | str", **attributes: str) -> Html:
    """An element: text in it is escaped, `Html` is not. `class_` is written `class`, and `data_x` `data-x`."""
    written = "".join(f' {_name(key)}="{escape(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{written}>{joined(*children).text}</{name}>")


def joined(*parts: "Html | str") -> Html:
    """One after the other."""
    return Html("".join(part.text if isinstance(part, Html) else escape(part) for part in parts))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")

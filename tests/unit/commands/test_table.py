"""A table of zones at a terminal of any width."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from commands._terminal import Row, print_zones

SAID = "Cloudflare knows no such zone \x1b[2J: [b]check[/b] the id in cdk.json"
HARMLESS = SAID.replace("\x1b", "\\x1b")
ROWS = [Row((Text("a.example"), Text("works")), ""), Row((Text("b.example"), Text("no such zone")), SAID)]


def shown(width: int) -> str:
    file = io.StringIO()
    print_zones(Console(file=file, width=width), ("zone", "verdict"), ROWS)
    return file.getvalue()


def test_what_was_said_stands_beside_the_zone_where_it_fits() -> None:
    first, _, last = shown(200).splitlines()
    assert first.split() == ["zone", "verdict", "what", "was", "said"]
    assert last.rstrip() == f"b.example  no such zone  {HARMLESS}"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_what_was_said_stands_below_in_full_where_it_does_not_fit(width: int) -> None:
    text = shown(width)
    assert [line.split() for line in text.splitlines()[:3]] == [
        ["zone", "verdict"],
        ["a.example", "works"],
        ["b.example", "no", "such", "zone"],
    ]
    assert "".join(text.split("b.example: ")[1].split()) == "".join(HARMLESS.split())
    assert "\x1b" not in text


def test_a_long_name_takes_several_lines_and_cuts_nothing_short() -> None:
    file = io.StringIO()
    name, zone_id = "a-very-long-name-of-a-zone." * 4 + "example", "0123456789abcdef" * 2
    row = Row((Text(name), Text(zone_id), Text("not known")), "")
    print_zones(Console(file=file, width=80), ("zone", "id", "applications"), [row])
    _, first, *further = file.getvalue().splitlines()
    assert zone_id in first
    assert first.rstrip().endswith("not known")
    assert "".join([first.split()[0], *(line.strip() for line in further)]) == name


def test_nothing_is_shown_of_nothing() -> None:
    file = io.StringIO()
    print_zones(Console(file=file, width=80), ("zone",), [])
    assert file.getvalue() == ""

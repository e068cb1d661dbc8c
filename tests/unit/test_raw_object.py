"""The object in S3, and its rows in the log when S3 does not take it."""

import gzip
import json
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.rows import Poll
from collector.store import body_of, unsaved_parts
from tests.unit.examples import application, failed_poll, lines, logger, poll, zone

LOG_EVENT_LIMIT = 256 * 1024
KEY = "raw/dt=2026-11-23/1000-main.json.gz"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
nasty = st.sampled_from(["", "\x00\x1f\u2028", '"\\' * 25_000, "🥙" * 45_000, "é\x7f" * 60_000, "\u0001" * 39_999])
polls = st.lists(
    st.builds(
        lambda message, name, app_ids: poll(
            error_message=message, zone_name=name, apps=[application(app_id) for app_id in app_ids]
        ),
        texts | nasty,
        texts,
        st.lists(texts, max_size=3),
    ),
    max_size=4,
)


def lines_of(body: bytes) -> list[str]:
    text = gzip.decompress(body).decode()
    assert text == "" or text.endswith("\n")
    return text.split("\n")[:-1]


def restored(made: list[Poll]) -> list[str]:
    """The object's lines, put together from what a real logger wrote; and no line is too long for CloudWatch Logs."""
    made_logger, written = logger()
    for part in unsaved_parts(KEY, "run", made):
        made_logger.error("row not saved", unsaved=part)
    assert all(len(line.encode()) < LOG_EVENT_LIMIT for line in written.getvalue().split("\n"))
    rows: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for event in (line["unsaved"] for line in lines(written)):
        assert event["key"] == KEY
        assert event["lines"] == len(made)
        rows[event["line"]][event["part"]] = event["text"]
        assert 0 <= event["part"] < event["parts"]
    return ["".join(rows[line][part] for part in sorted(rows[line])) for line in sorted(rows)]


@given(polls)
def test_the_object_is_one_line_a_poll_and_the_same_rows_give_the_same_bytes(made: list[Poll]) -> None:
    body = body_of(made)
    assert lines_of(body) == [row.to_line() for row in made]
    assert body == body_of(made)


@settings(max_examples=40)
@given(polls)
def test_the_logged_parts_joined_are_the_object(made: list[Poll]) -> None:
    assert restored(made) == lines_of(body_of(made))


def test_a_zone_with_ten_thousand_applications_is_logged_in_parts() -> None:
    apps = [application(f"{number:032x}", app_name=f"Ünïcode{number}.example.com") for number in range(10_000)]
    made = [poll(zone(1), apps), failed_poll(zone(2))]
    assert restored(made) == lines_of(body_of(made))
    parts = list(unsaved_parts(KEY, "run", made))
    assert next(part["parts"] for part in parts) > 10


def test_bytes_do_not_depend_on_when_they_are_made() -> None:
    assert body_of([poll()])[4:8] == b"\x00\x00\x00\x00", "gzip's header holds a time"


def test_what_is_logged_is_json_of_its_own() -> None:
    (part,) = unsaved_parts(KEY, "run", [poll()])
    assert json.loads(json.dumps(part)) == part

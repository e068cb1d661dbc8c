"""The check of words finds each kind of name, and phrases across the lines of a docstring."""

import pytest

from tests.words import left

WORDS = {
    "names": {"Settler": "DayCompactor", "say": "print_safe", "RawEnded": "RawDeleted", "raw-ended": "raw-deleted"},
    "product_names": {"Round": "Poller"},
    "phrases": {"a person must act": "operator action is required"},
}


@pytest.mark.parametrize(
    ("module", "text", "message"),
    [
        ("infra/a.py", "class Settler: ...", "infra/a.py: Settler is now DayCompactor"),
        ("infra/a.py", "def f(say): ...", "infra/a.py: say is now print_safe"),
        ("tests/a.py", "say = 1", "tests/a.py: say is now print_safe"),
        ("infra/say.py", "", "infra/say.py: say is now print_safe"),
        ("infra/say/a.py", "", "infra/say/a.py: say is now print_safe"),
        ("lambda/a.py", 'lake("RawEnded", 1)', "lambda/a.py: RawEnded is now RawDeleted"),
        ("infra/a.py", 'Alarm(name="raw-ended")', "infra/a.py: raw-ended is now raw-deleted"),
        ("app.py", "Round = 1", "app.py: Round is now Poller"),
        ("app.py", "# a person\n# must act", "app.py: “a person must act” is now “operator action is required”"),
    ],
)
def test_what_is_no_longer_used_is_found(module: str, text: str, message: str) -> None:
    assert left(module, text, WORDS) == [message]


def test_a_name_of_tests_and_a_use_of_a_library_pass() -> None:
    assert left("tests/a.py", "Round = 1\nlibrary.say()\n# nobody must act", WORDS) == []

"""What zones and applications are called in CloudWatch."""

from collections.abc import Mapping

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from contract.labels import LABEL_LIMIT, label_of, labels_of

ids = st.text("0123456789abcdef", min_size=1, max_size=12)
texts = (
    st.text(max_size=30)
    | st.text("aAßéE\u0301例え日本.- :?(", max_size=8)
    | st.sampled_from(["ssh.example.com tcp/22", "xn--mller-kva.example", "xn--r8jz45g.jp", "a (b2)", "a (b2b2b2b2)"])
    | st.builds(lambda start, end: start * 100 + end, st.text(min_size=1, max_size=3), st.text(max_size=3))
)
names = st.none() | texts


def is_dimension_value(label: str) -> bool:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html."""
    return (
        label.isascii() and label.isprintable() and label == label.strip() != "" and not label.startswith(":")
    ) and len(label) <= LABEL_LIMIT


def in_the_dns(name: str) -> str:
    """A name with the ASCII form of international labels undone: the two are one name to the DNS."""
    labels = [text[4:].encode("ascii").decode("punycode") if text[:4] == "xn--" else text for text in name.split(".")]
    return ".".join(labels)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("ssh.example.com tcp/22", "ssh.example.com tcp/22"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("日本.jp", "xn--wgv71a.jp"),
        ("müller.example", "xn--mller-kva.example"),
        ("möller.example", "xn--mller-jua.example"),
        ("ssh.日本.jp tcp/1000-2000", "ssh.xn--wgv71a.jp tcp/1000-2000"),
        ("*.日本.jp udp/53", "*.xn--wgv71a.jp udp/53"),
        ("straße.example", "xn--strae-oqa.example"),
        ("strasse.example", "strasse.example"),
        ("xn--r8jz45g.jp", "xn--r8jz45g.jp"),
        ("x" * LABEL_LIMIT, "x" * LABEL_LIMIT),
        (":colon", "colon (2a457c51999b)"),
    ],
)
def test_a_label_is_the_name_or_its_ascii_form(name: str, label: str) -> None:
    assert label_of(name) == label


@given(texts, texts)
@example("x" * 200 + "a", "x" * 200 + "b")
@example(":a", "a")
@example(" a", "a")
@example("a\n", "a?")
@example("straße.example", "strasse.example")
@example("STRASSE.example", "strasse.example")
def test_unlike_names_have_unlike_labels_that_cloudwatch_takes(one: str, other: str) -> None:
    assume(one != other)
    for name in (one, other):
        label = label_of(name)
        assert is_dimension_value(label)
        assert label_of(label) == label
    if label_of(one) == label_of(other):
        assert in_the_dns(label_of(one)) in {one, other}


def test_a_name_of_megabytes_takes_no_time() -> None:
    hostile = "".join(map(chr, range(0x4E00, 0x9FFF))) * 50
    assert is_dimension_value(label_of(hostile))


@given(st.dictionaries(ids, names, max_size=8), st.frozensets(texts.map(label_of), max_size=2))
@example({"a1": "x", "b2": "x", "c3": "x (a1)", "d4": "x (a1+)"}, frozenset({"x (b2)"}))
@example({"a1": "b2", "b2": None}, frozenset())
def test_of_several_things_no_two_have_one_label_whatever_their_order(
    named: Mapping[str, str | None], taken: frozenset[str]
) -> None:
    labels = labels_of(named, taken)
    assert list(labels) == list(named)
    assert len({*labels.values(), *taken}) == len(named) + len(taken)
    assert all(is_dimension_value(label) for label in labels.values())
    assert labels_of(dict(list(named.items())[::-1]), taken) == labels


@given(st.dictionaries(ids, names, max_size=8))
def test_a_label_depends_on_its_own_name_alone_unless_another_is_equal(named: Mapping[str, str | None]) -> None:
    labels = labels_of(named)
    alone = {key: labels_of({key: name})[key] for key, name in named.items()}
    for key, label in alone.items():
        if list(alone.values()).count(label) == 1 and label not in {*labels.values()} - {labels[key]}:
            assert labels[key] == label


def test_all_equal_names_get_the_beginning_of_the_id_and_one_without_a_name_is_its_id() -> None:
    named = {"aaaaaaaa1": "ssh.example.com", "bbbbbbbb2": "ssh.example.com", "c3": None, "d4": " ", "e5": "y"}
    assert labels_of(named, taken={"y"}) == {
        "aaaaaaaa1": "ssh.example.com (aaaaaa)",
        "bbbbbbbb2": "ssh.example.com (bbbbbb)",
        "c3": "c3",
        "d4": "d4",
        "e5": "y (e5)",
    }

"""Reading names: every page or nothing, and within the purse."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cloudflare_api.apps import MOST_PAGES, Listing, ListingFailed, ListingRefused, ListingStopped
from cloudflare_api.client import Reply, Transport
from cloudflare_api.credential import Credential
from cloudflare_api.rate_limit import RequestBudget
from commands._cloudflare import Directory
from tests.unit.examples import FIXTURES, NOW, TOKEN, credential
from tests.unit.loopback import Answer, Loopback, failure, success
from tests.unit.scripted import unpaced

ZONE_ID = "0" * 31 + "1"


def listing(cloudflare: Loopback, *, spare: int = 100, run_s: float = 30.0) -> Listing:
    transport = Transport(cloudflare.url)
    return Listing(transport, credential(), RequestBudget(spare), unpaced(), time.monotonic() + run_s)


def app(number: int) -> dict[str, Any]:
    return {"id": f"app{number}", "protocol": "tcp/22", "dns": {"type": "CNAME", "name": f"{number}.example.com"}}


def pages(*contents: list[dict[str, Any]], total: int | None) -> Callable[[str], Answer]:
    """Answers that bring one page after the other, each with Cloudflare's count of all."""
    answers: Iterator[list[dict[str, Any]]] = iter(contents)
    info = {} if total is None else {"result_info": {"per_page": 100, "count": 1, "total_count": total}}
    return lambda _path: success(next(answers), **info)


def test_a_zone_tells_its_name(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=(FIXTURES / "zone.json").read_bytes())
    assert listing(cloudflare).zone_name(ZONE_ID) == "example.com"
    assert cloudflare.paths == [f"/zones/{ZONE_ID}"]
    assert cloudflare.headers[0]["Authorization"] == f"Bearer {TOKEN}"


def test_the_documented_page_of_applications_is_read(cloudflare: Loopback) -> None:
    page = (FIXTURES / "applications_page.json").read_bytes().replace(b'"total_count": 2000', b'"total_count": 1')
    cloudflare.answer = lambda _path: Answer(body=page)
    assert list(listing(cloudflare).apps(ZONE_ID).values()) == [("ssh.example.com", "tcp/22")]


def test_every_page_is_read(cloudflare: Loopback) -> None:
    everything = [app(number) for number in range(250)]
    cloudflare.answer = pages(everything[:100], everything[100:200], everything[200:], total=250)
    found = listing(cloudflare).apps(ZONE_ID)
    assert found == {f"app{number}": (f"{number}.example.com", "tcp/22") for number in range(250)}
    assert cloudflare.paths == [f"/zones/{ZONE_ID}/spectrum/apps?page={page}&per_page=100" for page in (1, 2, 3)]


def test_a_list_of_one_page_takes_one_request(cloudflare: Loopback) -> None:
    cloudflare.answer = pages([app(number) for number in range(99)], total=99)
    assert len(listing(cloudflare).apps(ZONE_ID)) == len(cloudflare.paths) * 99 == 99


def test_without_numbers_pages_are_read_until_one_is_empty(cloudflare: Loopback) -> None:
    everything = [app(number) for number in range(45)]
    cloudflare.answer = pages(everything[:20], everything[20:40], everything[40:], [], total=None)
    assert len(listing(cloudflare).apps(ZONE_ID)) == 45


def test_a_cloudflare_that_repeats_its_page_is_not_asked_for_ever(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: success([app(number) for number in range(20)])
    with pytest.raises(ListingFailed, match="page 2 of the list of applications repeats earlier pages"):
        listing(cloudflare).apps(ZONE_ID)
    assert len(cloudflare.paths) == 2


def test_a_list_without_end_is_given_up(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda path: success([app(int(path.partition("page=")[2].partition("&")[0]))])
    with pytest.raises(ListingFailed, match=f"goes on after {MOST_PAGES} pages"):
        listing(cloudflare, spare=1000).apps(ZONE_ID)


@dataclass
class Paged:
    """A Cloudflare that has a list in these pages, and says of it what it likes."""

    chunks: list[int]
    """Rows on each page."""
    per_page: int
    said: dict[str, object]
    """What `result_info` says in place of the truth; None: nothing."""
    ignores_page: bool
    asked: int = 0

    def get(self, path: str, _credential: Credential, _until: float) -> Reply:
        """A page of zones or of applications."""
        self.asked += 1
        page = 1 if self.ignores_page else int(path.partition("page=")[2].partition("&")[0])
        start = sum(self.chunks[: page - 1])
        numbers = range(start, start + (self.chunks[page - 1] if page <= len(self.chunks) else 0))
        info = {key: value for key, value in {**self.truth(), **self.said}.items() if value is not None}
        items = [{"id": f"{number:032x}", "name": "a.example"} for number in numbers]
        return Reply(200, {}, success(items, result_info=info).body, NOW, 1)

    def truth(self) -> dict[str, object]:
        """An honest `result_info`, but for `count`, which Cloudflare itself gives as 1."""
        total = sum(self.chunks)
        return {"count": 1, "per_page": self.per_page, "total_count": total, "total_pages": len(self.chunks)}

    @property
    def can_be_known(self) -> bool:
        """Whether it is seen that there are more pages: one number says so, or so few are given that none is relied on.

        Where all that is said is wrong and agrees, nobody can tell.
        """
        lies = {key for key, value in self.said.items() if value is not None}
        silent = {key for key, value in self.said.items() if value is None}
        full = all(size == self.per_page for size in self.chunks[:-1])
        honest = {"total_count", "total_pages"} | ({"per_page"} if full else set())
        return bool(honest - lies - silent) or bool({"per_page", "total_count"} & silent)


lies = st.none() | st.integers(-1, 60) | st.sampled_from([True, 7.0, "3", [], 10**9])
paged = st.integers(1, 9).flatmap(
    lambda per_page: st.builds(
        Paged,
        st.lists(st.just(per_page), max_size=4).flatmap(
            lambda full: st.lists(st.integers(1, per_page), max_size=2).map(lambda rest: full + rest)
        ),
        st.just(per_page),
        st.dictionaries(st.sampled_from(["per_page", "total_count", "total_pages"]), lies),
        st.booleans(),
    )
)


@given(paged, st.booleans())
@example(Paged([20, 20, 5], 20, {"total_count": None, "total_pages": None}, False), True)
@example(Paged([20, 20, 5], 20, {"total_count": 20, "total_pages": None}, False), False)
def test_a_list_is_whole_or_an_error_whatever_cloudflare_says_of_it(cloudflare: Paged, of_zones: bool) -> None:
    assume(cloudflare.can_be_known)
    with_it = cast(Any, cloudflare), credential(), RequestBudget(1000), unpaced(), math.inf
    try:
        found = [zone.id for zone in Directory(*with_it).zones()] if of_zones else list(Listing(*with_it).apps(ZONE_ID))
    except ListingFailed:
        assert cloudflare.said or cloudflare.ignores_page
    else:
        assert found == [f"{number:032x}" for number in range(sum(cloudflare.chunks))]
    assert cloudflare.asked <= len(cloudflare.chunks) + 1


@pytest.mark.parametrize("result", [[], None])
def test_a_zone_without_applications_has_none(cloudflare: Loopback, result: object) -> None:
    cloudflare.answer = lambda _path: success(result, result_info={"total_count": 0, "total_pages": 1})
    assert listing(cloudflare).apps(ZONE_ID) == {}


def test_a_list_that_ends_before_its_own_count_is_no_list(cloudflare: Loopback) -> None:
    cloudflare.answer = pages([app(1)], [], total=5)
    with pytest.raises(ListingFailed, match="ended after 1"):
        listing(cloudflare).apps(ZONE_ID)


def test_a_page_that_fails_leaves_nothing(cloudflare: Loopback) -> None:
    first = pages([app(number) for number in range(100)], total=200)
    cloudflare.answer = lambda path: first(path) if "page=1&" in path else Answer(503)
    with pytest.raises(ListingFailed):
        listing(cloudflare).apps(ZONE_ID)


@pytest.mark.parametrize(
    "item",
    [{}, None, 7, {"id": None}, {"id": ""}, {"id": "a b"}, {"id": ["a"]}, {"id": "x" * 65}, {"id": "é"}, {"id": TOKEN}],
)
def test_an_application_without_an_id_makes_the_list_unusable(cloudflare: Loopback, item: object) -> None:
    cloudflare.answer = lambda _path: success([app(1), item])
    with pytest.raises(ListingFailed, match="one without a usable id, so nothing of it is used"):
        listing(cloudflare).apps(ZONE_ID)


@pytest.mark.parametrize("item", [{}, {"dns": None, "protocol": 22}, {"dns": {"name": 7}}, {"dns": "x"}])
def test_an_application_without_a_name_goes_without(cloudflare: Loopback, item: dict[str, Any]) -> None:
    cloudflare.answer = pages([{"id": "app1", **item}], total=1)
    assert listing(cloudflare).apps(ZONE_ID) == {"app1": (None, None)}


def test_half_a_surrogate_pair_in_a_name_can_still_be_written_down(cloudflare: Loopback) -> None:
    cloudflare.answer = pages([{"id": "app1", "dns": {"name": "a\ud800"}, "protocol": "\udfff"}], total=1)
    assert listing(cloudflare).apps(ZONE_ID) == {"app1": ("a?", "?")}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failure(403, 10000), ListingRefused),
        (failure(401, 1000), ListingRefused),
        (failure(404, 7003), ListingRefused),
        (failure(429, 10429), ListingStopped),
        (failure(403, 10502), ListingStopped),
        (failure(503, 10002), ListingFailed),
        (Answer(200, b"<html>"), ListingFailed),
        (Answer(403, b"<html>blocked</html>"), ListingFailed),
        (Answer(302), ListingFailed),
        (success("text"), ListingFailed),
        (success([]), ListingFailed),
        (success({"name": None}), ListingFailed),
    ],
)
def test_each_kind_of_failure_has_its_own_error(cloudflare: Loopback, answer: Answer, error: type[Exception]) -> None:
    cloudflare.answer = lambda _path: answer
    with pytest.raises(error):
        listing(cloudflare).zone_name(ZONE_ID)


@pytest.mark.parametrize("status", [403, 503])
def test_no_error_quotes_the_token_that_cloudflare_echoed(cloudflare: Loopback, status: int) -> None:
    cloudflare.answer = lambda _path: failure(status, 10000, f"bad header: Bearer {TOKEN}")
    with pytest.raises((ListingRefused, ListingFailed), match=r"Bearer \[secret\]"):
        listing(cloudflare).zone_name(ZONE_ID)


def test_no_name_quotes_the_token_that_cloudflare_echoed(cloudflare: Loopback) -> None:
    echo = f"x.{TOKEN}.example"
    cloudflare.answer = pages([{"id": "app1", "dns": {"name": echo}, "protocol": TOKEN[:20]}], total=1)
    assert listing(cloudflare).apps(ZONE_ID) == {"app1": (None, None)}
    cloudflare.answer = lambda _path: success({"name": echo})
    assert listing(cloudflare).zone_name(ZONE_ID) is None


def test_each_request_is_paid_from_the_purse_and_none_is_sent_without(cloudflare: Loopback) -> None:
    cloudflare.answer = pages(*([app(100 * page + number) for number in range(100)] for page in range(5)), total=500)
    with pytest.raises(ListingStopped):
        listing(cloudflare, spare=0).apps(ZONE_ID)
    assert cloudflare.paths == []
    with pytest.raises(ListingStopped):
        listing(cloudflare, spare=2).apps(ZONE_ID)
    assert len(cloudflare.paths) == 2


def test_a_cloudflare_that_hangs_is_given_up_at_the_deadline(cloudflare: Loopback, gate: threading.Event) -> None:
    cloudflare.hang = gate
    with pytest.raises(ListingFailed, match="in time"):
        listing(cloudflare, run_s=0.2).zone_name(ZONE_ID)


def test_a_connection_that_breaks_fails_this_time(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=b"{", headers={"Content-Length": "100"})
    with pytest.raises(ListingFailed):
        listing(cloudflare).zone_name(ZONE_ID)

"""What may go wrong: a fault as the script states it, and the script that decides which request it befalls."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Lock

from .answers import Answer
from .calls import Call, Exchange
from .minutes import Minutes, When
from .traffic import share


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a registered kind, and which requests it befalls. What is None does not narrow it.

    `minutes` are those that the answer describes, the one before the call: (first, last), both included, or one alone.
    `times` counts the requests for one and the same path and query in one simulated minute, and `probability` is drawn
    from seed, path, query, minute and attempt: so what is disturbed does not depend on which thread comes first.
    """

    kind: str
    zone: str | None = None
    call: Call | None = None
    minutes: tuple[When | None, When | None] | When | None = None
    times: int | None = None
    probability: float | None = None
    retry_after: str | timedelta | None = None
    """Sent as it stands; a timedelta as an HTTP date that much after the simulated present. None: no header."""
    code: int | None = None
    """Cloudflare's error code, in place of the kind's own."""
    status: int | None = None
    """The HTTP status, in place of the kind's own."""
    field: str | None = None
    """The field of a row that is spoilt; None: the kind's own, mostly bytesIngress."""
    location: str | None = None
    """Where a redirect leads; None: to `/elsewhere` on the stand-in, which records whoever follows."""
    delay_s: float = 0.05
    """How long a slow kind waits, in real seconds; of a dripping one, between two bytes."""
    size_bytes: int = 64 * 1024 * 1024
    """How large a huge body is, or what a gzip bomb unpacks to."""

    def span(self) -> Minutes:
        """`minutes`, read."""
        if self.minutes is None or isinstance(self.minutes, tuple):
            return Minutes.between(*(self.minutes or (None, None)))
        return Minutes.only(self.minutes)


def anything(_answer: Answer, _exchange: Exchange) -> bool:
    """Befalls any request."""
    return True


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault: what it does to an answer, what answers it can do that to, and where it is known from."""

    name: str
    says: str
    source: str
    """[D] documented, [T] seen by a third party, [G] a guess of what may come."""
    change: Callable[[Answer, Fault, Exchange], Answer]
    befalls: Callable[[Answer, Exchange], bool] = anything
    truthful: bool = False
    """Whether the answer still reports the numbers that were measured, as a success."""

    def apply(self, answer: Answer, fault: Fault, exchange: Exchange) -> Answer:
        """The disturbed answer."""
        changed = self.change(answer, fault, exchange)
        return changed if self.truthful else replace(changed, readings=())


@dataclass(slots=True)
class Faults:
    """The script: of its faults that fit a request, the first to be added disturbs it, and no other."""

    kinds: dict[str, Kind]
    seed: int = 0
    _script: list[tuple[Fault, Minutes]] = field(default_factory=list, repr=False)
    _nth: Counter[tuple[int, str, str]] = field(default_factory=Counter, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, *faults: Fault) -> None:
        """Adds to the script. Raises ValueError for a kind that there is not."""
        for fault in faults:
            if fault.kind not in self.kinds:
                raise ValueError(f"no fault is called {fault.kind!r}; there are: {', '.join(sorted(self.kinds))}")
        with self._lock:
            self._script.extend((fault, fault.span()) for fault in faults)

    def clear(self) -> None:
        """Empties the script and forgets what it has done."""
        with self._lock:
            self._script.clear()
            self._nth.clear()

    def disturb(self, answer: Answer, exchange: Exchange) -> tuple[Answer, Fault | None]:
        """The answer as the caller gets it, and the fault that made it so."""
        with self._lock:
            fault = next(self._chosen(answer, exchange), None)
        return (self.kinds[fault.kind].apply(answer, fault, exchange), fault) if fault else (answer, None)

    def _chosen(self, answer: Answer, exchange: Exchange) -> Iterator[Fault]:
        target, minute = exchange.request.target, exchange.minute.isoformat()
        for number, (fault, span) in enumerate(self._script):
            if (
                fault.zone not in (None, exchange.zone_id)
                or fault.call not in (None, exchange.call)
                or exchange.minute not in span
                or not self.kinds[fault.kind].befalls(answer, exchange)
            ):
                continue
            self._nth[number, target, minute] += 1
            nth = self._nth[number, target, minute]
            if fault.times is not None and nth > fault.times:
                continue
            draw = share(self.seed, "fault", number, target, minute, nth)
            if fault.probability is None or draw < fault.probability:
                yield fault


def catalogue(*groups: Iterable[Kind]) -> dict[str, Kind]:
    """The kinds by name. Raises ValueError when two have the same."""
    kinds = [kind for group in groups for kind in group]
    names = Counter(kind.name for kind in kinds)
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise ValueError(f"two kinds of fault have one name: {', '.join(twice)}")
    return {kind.name: kind for kind in kinds}

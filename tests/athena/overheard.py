"""Listens to what the simulated Cloudflare says: every answer, as it went out."""

import json
import re
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tests.athena.script import Trouble
from tests.sandbox.cloudflare import KINDS, Call, Fault, Faults
from tests.sandbox.cloudflare.answers import Answer
from tests.sandbox.cloudflare.calls import Exchange
from tests.sandbox.cloudflare.faults import Kind
from tests.sandbox.cloudflare.row_faults import has_rows

_REMAINING: Final = re.compile(r"r=(\d+)")


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer."""

    at: datetime
    minute: datetime
    """Which minute it describes."""
    call: Call | None
    zone_id: str | None
    colo: str | None
    status: int
    document: Any
    """None when the body is not JSON."""
    remaining: int | None
    """How many requests are left, by its header."""
    good: bool
    """A success that reports what was measured."""

    @property
    def error_code(self) -> int | None:
        """Cloudflare's code, if the answer has one."""
        errors = self.document.get("errors") if isinstance(self.document, dict) else None
        return errors[0]["code"] if errors else None


def _without_duration(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    document: Any = deepcopy(answer.document)
    document["result"][0]["durationAvg"] = None
    return answer.saying(document)


_NO_DURATION: Final = Kind(
    "no_duration",
    "the first row has connections, and null for their duration",
    "[G]",
    _without_duration,
    has_rows,
    True,
)


@dataclass(slots=True)
class Overheard(Faults):
    """A script of faults, put in the place of the stand-in's own, that also keeps every answer."""

    kinds: dict[str, Any] = field(default_factory=lambda: KINDS | {_NO_DURATION.name: _NO_DURATION})
    answers: list[Heard] = field(default_factory=list)
    _of_colo: dict[Fault, str] = field(default_factory=dict)

    def play(self, troubles: tuple[Trouble, ...]) -> None:
        """Adds these to the script."""
        for trouble in troubles:
            for zone_id in trouble.zone_ids:
                fault = Fault(
                    trouble.kind,
                    zone=zone_id,
                    call=Call.USAGE,
                    minutes=(trouble.first, trouble.last),
                    times=trouble.times,
                )
                if trouble.colo is None:
                    self.add(fault)
                else:
                    self._of_colo[fault] = trouble.colo

    def disturb(self, answer: Answer, exchange: Exchange) -> tuple[Answer, Fault | None]:
        """The answer as it goes out."""
        spoilt, fault = Faults.disturb(self, answer, exchange)
        for each, colo in self._of_colo.items():
            asked = (exchange.call, exchange.zone_id, exchange.request.query.get("colo_name"))
            if asked == (each.call, each.zone, colo) and exchange.minute in each.span():
                spoilt, fault = self.kinds[each.kind].apply(answer, each, exchange), each
        true = fault is None or self.kinds[fault.kind].truthful
        self.answers.append(_heard(spoilt, exchange, good=true and spoilt.status == 200))
        return spoilt, fault


def _heard(answer: Answer, exchange: Exchange, *, good: bool) -> Heard:
    document = None
    with suppress(ValueError):
        document = json.loads(answer.body)
    header = _REMAINING.search(dict(answer.headers).get("Ratelimit", ""))
    return Heard(
        at=exchange.now,
        minute=exchange.minute,
        call=exchange.call,
        zone_id=exchange.zone_id,
        colo=exchange.request.query.get("colo_name"),
        status=answer.status,
        document=document,
        remaining=int(header[1]) if header else None,
        good=good,
    )

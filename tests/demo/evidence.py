"""Everything that is left of a night, gathered once, before the sandbox is gone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Self

from contract.lake import HISTORY_PREFIX
from tests.demo.answers import Answer, answers, volume
from tests.demo.books import (
    Line,
    RawObject,
    Series,
    Values,
    read_health,
    read_history,
    read_objects,
    read_served,
    read_traffic,
)
from tests.demo.night import NEW_TOKEN, TOKEN, Night
from tests.sandbox.aws.metrics import Series as StoredSeries
from tests.sandbox.cloudflare import Reading
from tests.sandbox.cloudflare.record import Asked
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class TokenSearch:
    """Where the tokens were found, in all that the function printed and all that went to AWS or came from there."""

    searched: int
    """Requests, answers and log lines."""
    in_secrets_manager: int
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is held against the script and against what the simulated Cloudflare served."""

    night: Night
    objects: tuple[RawObject, ...]
    lines: tuple[Line, ...]
    served: Mapping[tuple[datetime, str, str], Reading]
    """Cloudflare's own record: by minute, zone name and application id."""
    traffic: Mapping[Series, Values]
    published: Values
    duplicates_refused: int
    puts: Counter[tuple[StoredSeries, datetime]]
    """How often a datum was put, for each traffic series and minute. The API shows sums only."""
    requests: tuple[Asked, ...]
    """To Cloudflare."""
    failed_runs: tuple[Mapping[str, Any], ...]
    missed_events: tuple[Mapping[str, Any], ...]
    invocations: tuple[Invocation, ...]
    history: frozenset[tuple[datetime, str, str]]
    """Minute, zone name and application id of every row of the first day's history object."""
    history_objects: tuple[str, ...]
    """Keys of everything under `history/`."""
    volume: tuple[float, ...]
    """Rows, bytes in and out, and connections of what was served, as the view `usage` gives them."""
    answers: Mapping[str, Answer]
    """Athena's, by the name of the query."""
    refused_calls: tuple[str, ...]
    """AWS calls of the functions that their roles do not allow."""
    unusable_logs: tuple[str, ...]
    """Lines that CloudWatch Logs cut or refused, metrics in them that it could not read."""
    tokens: TokenSearch

    @classmethod
    def gather(cls, sandbox: Sandbox, night: Night) -> Self:
        """Read it all. The queues are empty afterwards."""
        objects = read_objects(sandbox)
        return cls(
            night=night,
            objects=objects,
            lines=tuple(line for each in objects for line in each.lines()),
            served=read_served(sandbox),
            traffic=read_traffic(sandbox, night),
            published=read_health(sandbox, night, "Published"),
            duplicates_refused=round(sum(read_health(sandbox, night, "DuplicatesRefused").values())),
            puts=Counter((series, datum.timestamp) for series, datum in sandbox.all_traffic()),
            requests=sandbox.cloudflare.requests,
            failed_runs=tuple(sandbox.queued("FailureQueueUrl")),
            missed_events=tuple(sandbox.queued("ScheduleQueueUrl")),
            invocations=tuple(sandbox.invocations),
            history=read_history(sandbox, night),
            history_objects=tuple(sandbox.keys(HISTORY_PREFIX)),
            volume=volume(sandbox, night),
            answers=answers(sandbox, night),
            refused_calls=tuple(
                f"{call.action} {call.key}"
                for role in (sandbox.role, sandbox.compacting.role)
                for call in sandbox.aws.calls.of(role=role)
                if call.error.startswith("AccessDenied")
            ),
            unusable_logs=(
                *(violation.reason for violation in sandbox.violations),
                *(malformed.reason for malformed in sandbox.extraction.malformed),
            ),
            tokens=_search(sandbox),
        )

    @property
    def unknown(self) -> tuple[Line, ...]:
        """The lines that say why there is nothing."""
        return tuple(line for line in self.lines if not line.known)


def _search(sandbox: Sandbox) -> TokenSearch:
    labels = [found.exchange.label for token in (TOKEN, NEW_TOKEN) for found in sandbox.aws.transcript.find(token)]
    belongs = [label for label in labels if label.startswith("secretsmanager ")]
    printed = [
        text
        for invocation in (*sandbox.invocations, *sandbox.compactions)
        for text in chain(invocation.log, (str(invocation.outcome.payload),))
    ]
    told = [f"log: {text[:80]}" for text in printed if TOKEN in text or NEW_TOKEN in text]
    return TokenSearch(
        searched=2 * len(tuple(sandbox.aws.transcript)) + len(printed),
        in_secrets_manager=len(belongs),
        elsewhere=(*(label for label in labels if label not in belongs), *told),
    )

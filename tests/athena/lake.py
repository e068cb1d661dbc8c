"""The lake of four days, as the deployed functions made it, and the two engines that are asked about it."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final

import pytest

from commands.restore import main as restore
from contract.raw import catalog_key
from tests.athena.books import Books
from tests.athena.days import DAY, MINUTE
from tests.athena.expected import Asked
from tests.athena.line import Line
from tests.athena.overheard import Overheard
from tests.athena.script import Script
from tests.athena.trino import Answer, Trino
from tests.athena.world import TOKENS, renamed, secret_of
from tests.sandbox.aws import Fault
from tests.sandbox.aws.double import TESTER
from tests.sandbox.sandbox import Sandbox

Raw = dict[str, Any]
"""A raw line."""

OPEN_DAYS: Final = 1
"""How many days before today the views still read from raw: the configuration's default."""

S3_REFUSES: Final = Fault("refuse", service="s3", operation="PutObject", key="raw/*", times=None)


def text_of(moment: datetime) -> str:
    """As the sandbox takes times."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(slots=True)
class Lake:
    """What the tests ask."""

    sandbox: Sandbox
    trino: Trino
    script: Script
    overheard: Overheard
    queries: dict[str, str]
    """The deployed named queries."""
    books: Books = field(init=False)
    """What must be in the lake when everything is restored."""
    without_unsaved: Answer = field(init=False)
    """Minutes and bytes of the day on Trino when it was compacted without the minute that S3 did not take."""
    _answers: dict[tuple[str, date, date, str], Answer] = field(default_factory=dict)
    _raw: dict[tuple[datetime, str], dict[tuple[str, str | None], Raw]] = field(default_factory=dict)

    def collect(self) -> None:
        """Runs the collector for every minute, and the compactor after each day, in simulated time."""
        for source, token in TOKENS.items():
            self.sandbox.put_secret(secret_of(source), token)
        for minute, source in self.script.runs:
            if (minute, source) == (self.script.days.at(2, "06:30"), "main"):
                self.compact(self.script.days.day(3))
            if (minute, source) == (self.script.forgets - MINUTE, "main"):
                self._forget_names()
            if (minute, source) == (self.script.days.at(1, "23:30"), "main"):
                self.compact(self.script.days.day(2))
            self._run(minute, source)
        self.compact(self.script.days.day(1))
        self.without_unsaved = self.minutes_and_bytes()
        self._restore()
        self.books = Books(self.script, self.overheard.answers, self.sandbox.cloudflare.served)

    def _run(self, minute: datetime, source: str) -> None:
        run = (source, minute)
        unsaved = run == self.script.unsaved
        with self.sandbox.aws.faults.active(S3_REFUSES) if unsaved else nullcontext():
            for _ in range(2 if run in self.script.twice else 1):
                late_s = 90 if run in self.script.late else 1
                invocation = self.sandbox.run(self.script.scheduled(minute), source=source, late_s=late_s)
                assert invocation.ok is not unsaved, invocation.outcome

    def _forget_names(self) -> None:
        self.sandbox.cloudflare.world = renamed(self.sandbox.cloudflare.world)
        self.sandbox.function.recycle()
        self.sandbox.s3.delete_object(Bucket=self.sandbox.bucket, Key=catalog_key("main"))

    def compact(self, day: date, *, by_hand: bool = False) -> dict[str, Any]:
        """Runs the compactor as its schedule does after this day, or by hand at that time; its report of the day."""
        moment = datetime.combine(day, time(0, 20), UTC) + DAY
        invocation = self.sandbox.compact(text_of(moment), {"day": str(day)} if by_hand else None)
        assert invocation.ok, invocation.outcome
        return self.sandbox.report(str(day))

    def today(self) -> date:
        """As Trino has it: a session may go on past midnight."""
        ((today,),) = self.trino.query("SELECT current_date").rows
        assert isinstance(today, date)
        return today

    def minutes_and_bytes(self) -> Answer:
        """The minutes of the day with the unsaved one, and its bytes, by Trino."""
        sql = "SELECT count(DISTINCT minute) AS minutes, sum(bytes_ingress + bytes_egress) AS bytes FROM usage"
        return self.trino.query(f"{sql} WHERE dt = '{self.script.days.day(3)}' AND source = 'main'")

    def _restore(self) -> None:
        """Does what `make restore` does about the minute that S3 did not take; then the hourly compaction comes."""
        source, minute = self.script.unsaved
        aws, after = self.sandbox.aws, self.script.days.at(0, "00:30")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "AWS_ENDPOINT_URL": aws.endpoint_url,
                "AWS_DEFAULT_REGION": aws.region,
                "AWS_ACCESS_KEY_ID": TESTER,
                "AWS_SECRET_ACCESS_KEY": "-",
            }.items():
                patch.setenv(name, value)
            assert restore(["--minute", f"{minute:%Y-%m-%dT%H:%M}", "--source", source], lambda: after) == 0
        self.compact(self.script.days.day(1))

    def asked(self, first: date, last: date, now: datetime | None = None) -> Asked:
        """The question about these days."""
        lines = tuple(line for line in self.books.lines if first <= line.minute.date() <= last)
        return Asked(lines, first, last, now or datetime.now(UTC), self.message)

    def told(self, line: Line) -> Raw:
        """The line as the collector wrote it: for what it alone can tell, such as its words for what happened."""
        run = (line.minute, line.source)
        if run not in self._raw:
            rows = self.sandbox.rows(text_of(line.minute), line.source)
            self._raw[run] = {(row["zone_id"], row["colo"]): row for row in rows}
        return self._raw[run][line.zone_id, line.colo]

    def message(self, line: Line) -> str | None:
        """The product's words for what happened."""
        message: str | None = self.told(line)["error_message"]
        return message

    def ask(self, query: str, first: date, last: date) -> Answer:
        """What Trino answers to a deployed query about these days; it is asked once a minute."""
        minute = f"{datetime.now(UTC):%H:%M}"
        asked = (query, first, last, minute)
        if asked not in self._answers:
            self._answers[asked] = self.trino.query(self.queries[query], (f"'{first}'", f"'{last}'"))
        return self._answers[asked]

"""docs/queries.md says what the queries say of themselves, and names what a reader needs."""

import re

from contract.lake import DATABASE, TABLES, WORKGROUP
from tests.sandbox.athena.handmade_lake import application, poll
from tests.tables import DOCS
from tests.unit.commands.queried import QUERIES, at, open_lake

TEXT = (DOCS / "queries.md").read_text(encoding="utf-8")


def test_every_name_that_the_page_uses_is_declared() -> None:
    assert set(re.findall(r"--work-?group[ =]([\w-]+)", TEXT)) == {WORKGROUP}
    assert DATABASE in TEXT
    assert [table.name for table in TABLES if f"`{table.name}`" not in TEXT] == []


def test_the_pages_own_examples_run_and_filter_on_their_days() -> None:
    examples = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    with open_lake() as lake:
        lake.put([poll("2026-11-22 10:00", "z1", [application("a1", egress=1)], zone_name="example.com")])
        lake.put([poll("2026-11-23 10:00", "z1", [application("a1", egress=1)], zone_name="example.com")])
        one_day = lake.engine.run("SELECT 1 FROM polls WHERE dt = '2026-11-22'", database=DATABASE).scanned_bytes
        answers = [lake.engine.run(example, database=DATABASE) for example in examples]
    assert [answer.rows for answer in answers] == [((at("2026-11-22 10:00"), 1e-9, 1),), (("z1", 1, 1),)]
    assert {answer.scanned_bytes for answer in answers} == {one_day}


def test_no_query_is_missing_from_the_page() -> None:
    assert [name for name in QUERIES if f"### {name}\n" not in TEXT] == []

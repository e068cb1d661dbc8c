"""A lake that is kept answers as it did, in another AWS and on another day."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.demo import PROJECT
from tests.demo import query as demo_query
from tests.sandbox.athena import kept_lake
from tests.sandbox.athena.handmade_lake import BUCKET, application, poll
from tests.sandbox.aws import AwsDouble
from tests.unit.commands.queried import QUERIES, Lake

QUESTION = "SELECT dt, count(*) AS n FROM cloudflare_spectrum.usage GROUP BY dt ORDER BY dt"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake of a closed day and an open one."""
    folder = tmp_path_factory.mktemp("kept") / "lake"
    with AwsDouble() as aws:
        lake = Lake(aws)
        lake.put(poll(f"2026-11-{day} 10:00", "z1", [application("a1", ingress=day)]) for day in (20, 23))
        lake.close("2026-11-20")
        sandbox: Any = SimpleNamespace(aws=aws, bucket=BUCKET)
        kept_lake.save(sandbox, folder)
        kept_lake.save(sandbox, folder)
    return folder


def test_a_kept_lake_answers_in_another_aws_as_of_its_own_day(kept: Path) -> None:
    with AwsDouble() as aws:
        kept_lake.load(kept, aws)
        assert aws.athena.run(QUESTION).rows == (("2026-11-20", 1), ("2026-11-23", 1))
        aws.athena.clock = lambda: datetime(2026, 11, 26, tzinfo=UTC)
        assert aws.athena.run(QUESTION).rows == (("2026-11-20", 1),)  # later the 23rd is closed, and has no history
        queries = aws.client("athena").list_named_queries(WorkGroup="cloudflare-spectrum")["NamedQueryIds"]
        assert len(queries) == len(QUERIES)


def test_the_days_of_a_kept_lake_are_told(kept: Path) -> None:
    assert kept_lake.days_of(kept) == ["2026-11-20", "2026-11-23"]


def test_a_key_that_would_lead_out_of_the_folder_is_not_kept(tmp_path: Path) -> None:
    with AwsDouble() as aws:
        lake = Lake(aws)
        lake.put([poll("2026-11-23 10:00", "z1")])
        aws.client("s3").put_object(Bucket=BUCKET, Key="raw/../../outside", Body=b"")
        sandbox: Any = SimpleNamespace(aws=aws, bucket=BUCKET)
        with pytest.raises(ValueError, match="outside"):
            kept_lake.save(sandbox, tmp_path / "a" / "lake")
    assert not (tmp_path / "outside").exists()


def test_the_command_asks_the_kept_lake_about_its_own_days(kept: Path) -> None:
    script = "import sys, pathlib, tests.demo.query as it; sys.exit(it.main(sys.argv[2:], pathlib.Path(sys.argv[1])))"
    command = [sys.executable, "-c", script, str(kept), "--name", "month_to_date_volume", "--csv"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "2026-11-20 to 2026-11-23, UTC." in done.stderr
    assert [line.split(",")[7] for line in done.stdout.splitlines()] == ["bytes_ingress", "43"]


def test_without_a_lake_it_says_to_run_the_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo_query.main([], tmp_path / "lake") == 1
    assert "run `make demo` first" in capsys.readouterr().err

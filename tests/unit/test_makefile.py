"""`make`, with stubs for all that it runs, in a folder whose name has a blank.

What is typed for a verb reaches its command unchanged, and a set-up that fails says why.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

MAKEFILE: Final = Path(__file__).resolve().parents[2] / "Makefile"
WORDS: Final = ("ARGS", "DAYS", "FROM", "JOBS", "MINUTES", "NAME", "SEED", "SEEDS", "SQL", "TO")
REQUIREMENTS: Final = (
    *("requirements.txt", "requirements-dev.txt", "constraints.txt"),
    *("lambda/collector/requirements.txt", "lambda/compactor/requirements.txt", "tests/athena/requirements.txt"),
)
# Notes its arguments; but runs code, and makes a virtual environment of the stubs.
PYTHON: Final = f"""#!/bin/sh
[ "$2" = -c ] && exec '{sys.executable}' "$@"
[ "$2" = venv ] && mkdir -p .venv/bin && cp "$0" tools/npm tools/uv .venv/bin
printf '%s\\0' "$@" > called
"""
NPM: Final = """#!/bin/sh
[ "$NPM_DOES" = nothing ] && exit 0
case "$NPM_DOES,$*" in fails,*--silent*) exit 1;; fails,*) echo "npm error code E404" >&2; exit 1;; esac
mkdir -p .venv/cdk/node_modules/.bin .venv/preview/node_modules/echarts/dist
touch .venv/cdk/node_modules/.bin/cdk
case "$*" in *--silent*) ;; *) echo "added 1 package in 2s";; esac
"""


class Checkout:
    """A folder with the Makefile, and stubs for all that it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "tools").mkdir(parents=True)
        shutil.copy(MAKEFILE, folder)
        for name in REQUIREMENTS:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).touch()
        for name, script in (("python", PYTHON), ("npm", NPM), ("uv", "#!/bin/sh\n")):
            (folder / "tools" / name).write_text(script)
            (folder / "tools" / name).chmod(0o755)

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        # Not what a `make` that runs this test has for its own.
        own = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
        command = ["make", f"PYTHON={self.folder}/tools/python", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=own | environment, capture_output=True, text=True, check=False
        )

    def called(self, *arguments: str, **environment: str) -> list[str]:
        """The arguments that the verb's Python got."""
        done = self.make(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return (self.folder / "called").read_bytes().decode().split("\0")[:-1]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """One that is set up."""
    checkout = Checkout(tmp_path_factory.mktemp("make") / "with a blank")
    (checkout.folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(checkout.folder / "tools" / "python", checkout.folder / ".venv" / "bin")
    for ready in ("ready", "athena-ready"):
        (checkout.folder / ".venv" / ready).touch()
    return checkout


def typed(text: str) -> str:
    """What make takes from the command line: it drops blanks before the text."""
    return text.lstrip(" \t\n\r\v\f")


@settings(max_examples=12)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(typed).filter(bool))
@example("SELECT \"$path\", '$$', $(shell touch executed), `touch executed`, $$(touch executed), ${HOME}")
@example("-- it's a comment, a \\ and a \\\\\nSELECT 1 # 'none'; \\\n$(SQL) $(error no) $@\n")
def test_sql_arrives_as_it_was_typed(checkout: Checkout, sql: str) -> None:
    assert checkout.called("query", f"SQL={sql}") == ["-m", "commands.query", f"--sql={sql}"]
    assert not (checkout.folder / "executed").exists()


@pytest.mark.parametrize("verb", ["query", "soak", "preflight", "bench-lake"])
def test_nothing_that_is_typed_is_executed(checkout: Checkout, verb: str) -> None:
    text = "$(shell touch executed)$(touch${IFS}executed)`touch${IFS}executed`\"$'"
    arguments = [f"{name}={text}" for name in WORDS if name != "ARGS"]
    called = checkout.called(verb, *arguments, "ARGS='$(touch executed)' \"$(shell touch executed)\" a\\ b #")
    assert not (checkout.folder / "executed").exists()
    given = [each.partition("=")[2] or each for each in called if "$" in each]
    expected = {
        "query": [*(4 * [text]), "$(touch executed)", "$(shell touch executed)"],
        "soak": 7 * [text],
        "preflight": ["$(touch executed)", "$(shell touch executed)"],
        "bench-lake": [text],
    }
    assert given == expected[verb]
    if verb == "preflight":
        assert called[-2:] == ["a b", "#"]


def test_a_verb_takes_nothing_from_the_environment(checkout: Checkout) -> None:
    leaked = dict.fromkeys((*WORDS, "SANDBOX", "QUICK"), "laptop")
    assert checkout.called("query", **leaked) == ["-m", "commands.query"]
    assert checkout.called("query", "NAME=top_talkers", **leaked) == ["-m", "commands.query", "--name=top_talkers"]
    assert checkout.called("soak", **leaked) == ["-m", "tests.soak"]


def test_set_up_says_nothing_but_its_steps(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "with a blank")
    done = checkout.make("setup")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line[:4] for line in done.stdout.splitlines()] == ["==> ", "==> "]
    assert (checkout.folder / ".venv" / "ready").exists()


@pytest.mark.parametrize("npm", ["fails", "nothing"])
def test_a_failing_npm_says_why_and_what_to_do(tmp_path: Path, npm: str) -> None:
    checkout = Checkout(tmp_path / "checkout")
    done = checkout.make("setup", NPM_DOES=npm)
    assert done.returncode != 0
    assert {"fails": "npm error code E404", "nothing": "node_modules/.bin/cdk"}[npm] in done.stderr
    assert (
        "npm could not install the CDK CLI: see above. Check that this machine reaches its npm registry" in done.stderr
    )
    assert not (checkout.folder / ".venv" / "ready").exists()


@pytest.mark.parametrize(("part", "asked"), [("pip", "-m pip install"), ("uv", "-m infra.packages")])
def test_a_failing_installation_of_python_packages_says_why_and_what_to_do(
    tmp_path: Path, part: str, asked: str
) -> None:
    checkout = Checkout(tmp_path / "checkout")
    python = checkout.folder / "tools" / "python"
    python.write_text(PYTHON + f'case "$*" in "{asked}"*) echo "{part} found no index"; exit 1;; esac\n')
    done = checkout.make("setup")
    assert done.returncode != 0
    assert f"{part} found no index" in done.stderr
    assert "Check that this machine reaches its package index" in done.stderr


def test_every_variable_of_a_verb_is_taken_as_it_was_typed() -> None:
    makefile = MAKEFILE.read_text()
    (words,) = re.findall(r"^TYPED := (.*)$", makefile, re.MULTILINE)
    documented = re.findall(r"\b([A-Z]+)=", "".join(re.findall(r"^[a-z-]+:.*## (.*)$", makefile, re.MULTILINE)))
    assert documented
    assert set(documented) <= set(words.split())
    recipes = "".join(re.findall(r"^\t.*\n", makefile, re.MULTILINE))
    expanded = re.findall(rf"(?<!\$\(if )\$\((?:{'|'.join(words.split())})\)", recipes)
    assert expanded == []

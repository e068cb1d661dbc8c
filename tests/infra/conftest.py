"""The stack, synthesised once for all tests here."""

import json
import os
import sys
from pathlib import Path

import pytest

# jsii starts the Node that it finds first: the project's own, which stands beside this Python.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))

import aws_cdk as cdk

from infra.bundle import write_bundle
from infra.configuration import Configuration, parse
from infra.sources_file import sources_file
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT, SPECTRUM
from tests.infra.template import Template


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    """Two sources: one with a secret to create, one with a secret that is there."""
    return parse(SPECTRUM)


@pytest.fixture(scope="session")
def bundle(configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's bundle, with its packages from pip."""
    return write_bundle(tmp_path_factory.mktemp("bundle") / "collector", sources=sources_file(configuration))


@pytest.fixture(scope="session")
def template(configuration: Configuration, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template, made as `cdk` makes it."""
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(tmp_path_factory.mktemp("cdk.out")))
    stack = SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundle=bundle)
    path = Path(app.synth().directory) / stack.template_file
    return Template(json.loads(path.read_text()))

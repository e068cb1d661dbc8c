"""The stack, synthesised once for all tests here."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest

from infra.bundle import Bundles, sources_file
from infra.configuration import Configuration, parse
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT, SPECTRUM
from tests.infra.template import Template
from tests.infra.unpacked import link_runtime


@pytest.fixture(scope="session")
def configuration() -> Configuration:
    """Two sources: one with a secret to create, one with a secret that is there."""
    return parse(SPECTRUM)


@pytest.fixture(scope="session")
def bundles(configuration: Configuration, tmp_path_factory: pytest.TempPathFactory) -> Bundles:
    """The functions' bundles as they go to Lambda, with their packages."""
    return Bundles.write(tmp_path_factory.mktemp("bundles"), sources=sources_file(configuration))


@pytest.fixture(scope="session")
def bundle(bundles: Bundles) -> Path:
    """The collector's."""
    return bundles.collector


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what Lambda brings and nothing else."""
    return link_runtime(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="session")
def template(configuration: Configuration, bundles: Bundles, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template, made as `cdk` makes it."""
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(tmp_path_factory.mktemp("cdk.out")))
    stack = SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundles=bundles)
    path = Path(app.synth().directory) / stack.template_file
    return Template(json.loads(path.read_text()))

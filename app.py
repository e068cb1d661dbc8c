#!/usr/bin/env python3
"""What `cdk` runs: reads the configuration and describes the stack, or says what to correct."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "lambda"))

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.bundle import Bundles, sources_file
from infra.configuration import CONTEXT_KEY, ConfigurationError, parse
from infra.packages import LAMBDA, PackagesError, Target
from infra.stack import SpectrumMeter


def main(target: Target = LAMBDA) -> None:
    """Synthesise the stack; end with status 1 and a message when the configuration or the packages are not right.

    `target` is where the functions will run.
    """
    app = cdk.App(analytics_reporting=False)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        configuration = parse(app.node.try_get_context(CONTEXT_KEY))
        bundles = Bundles.write(Path(app.outdir), sources=sources_file(configuration), target=target)
    except (ConfigurationError, PackagesError) as error:
        sys.exit(str(error))
    SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundles=bundles)
    app.synth()


if __name__ == "__main__":
    main()

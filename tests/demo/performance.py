"""The demo from beginning to end: what will happen, the sandbox, the three hours, and what is left of them."""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

from tests.demo import files, result
from tests.demo.claims import claims
from tests.demo.collection import Collection
from tests.demo.evidence import Evidence
from tests.demo.introduction import afterwards, announcement
from tests.demo.night import SECRET, SEED, TOKEN, ZONE_IDS, Night, configuration
from tests.demo.screen import Screen
from tests.preview.deployed import draw
from tests.sandbox.athena.kept_lake import save
from tests.sandbox.deploy import synthesise
from tests.sandbox.sandbox import Sandbox

_BOOTSTRAPPED: Final = "bootstrapped"
"""The CDK CLI's last word on it; what follows is the deployment."""


def perform(now: datetime, folder: Path, screen: Screen) -> bool:
    """Show the demo around the midnight before `now`, keep its result in `folder`; whether all that it claims holds."""
    night = Night.before(now)
    files.empty(folder)
    screen.heading(f"What will go wrong, from {night.begin:%d %B %H:%M} to {night.end:%d %B %H:%M} UTC")
    screen.console.print(announcement(night))
    screen.heading("Under way")
    evidence = _collect(night, folder, screen)
    outcome = claims(evidence)
    files.keep(folder, evidence, outcome, screen.seconds)
    for heading, content in (
        (
            "CloudWatch, read back with GetMetricData: a gap is where nothing is known",
            result.charts(evidence, screen.width),
        ),
        ("CloudWatch beside what the simulated Cloudflare served", result.totals(evidence)),
        ("S3", result.objects(evidence, screen.width)),
        ("Missing, and why", result.missing(evidence)),
        ("Athena, over the closed day's Parquet and the open day's minutes", result.asked(evidence)),
        ("In numbers", result.facts(evidence)),
        ("Checked just now", result.verdicts(outcome)),
    ):
        screen.heading(heading)
        screen.console.print(content)
    screen.heading("Where to go next")
    screen.console.print(afterwards(folder), soft_wrap=True)
    return all(claim.holds for claim in outcome)


def _collect(night: Night, folder: Path, screen: Screen) -> Evidence:
    """Deploy, let the night pass, and read what is left before the sandbox goes."""

    def news(line: str) -> None:
        if _BOOTSTRAPPED in line:
            screen.begin("Deploy")
        screen.news(line)

    with screen, ExitStack() as sandboxed:
        screen.begin("Synthesise with the CDK CLI")
        assembly = synthesise(folder / files.ASSEMBLY, spectrum=configuration(), progress=screen.news)
        screen.begin("Bootstrap, into AWS as moto plays it over HTTP")
        sandbox = sandboxed.enter_context(Sandbox(assembly, night.world(), seed=SEED, progress=news))
        screen.begin("Put the Cloudflare token into the secret")
        sandbox.put_secret(SECRET, TOKEN)
        screen.follow(f"Collect {len(night.minutes)} minutes of {len(ZONE_IDS)} zones", Collection(sandbox, night))
        screen.begin("Read everything back")
        evidence = Evidence.gather(sandbox, night)
        save(sandbox, folder / files.LAKE)
        screen.begin("Draw the dashboard")
        draw(sandbox, night.begin, night.end, folder / files.DASHBOARD)
        screen.begin("End the sandbox")
        sandboxed.close()
        screen.end()
        return evidence

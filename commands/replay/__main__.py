"""`make replay`: publishes minutes to CloudWatch that are in S3 and not, or not whole, in CloudWatch."""

import argparse
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from collector.publisher import Publisher
from collector.store import RawStore
from commands._aws import READING, STACK, WRITING, CommandFailed, Deployment, aws_errors_as_command_failed, session
from commands._config import CDK_JSON
from commands._minutes import Span, minute_of
from commands._saved import SavedMinute, SavedMinutes
from commands._terminal import print_safe
from commands.replay.plan import ExistingSamples, NamesAsOf, cost_of, describe_spans, portions, sources_of, span_of
from commands.replay.publish import Claim, Replay, Replayed, ReplayLocks
from contract.metrics import HEALTH_NAMESPACE

_INTERRUPTED: Final = 130


def main(arguments: Sequence[str] | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> int:
    """Replay, and return the exit status.

    0 when every saved minute of the span is in CloudWatch, whole; 1 when one is not, or none is saved at all;
    130 after Ctrl-C.
    """
    options = _options(arguments)
    try:
        return _replay(options, clock)
    except CommandFailed as failed:
        print_safe(failed, sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted: what was done stands; run it again for the rest.", file=sys.stderr)
        return _INTERRUPTED


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m commands.replay", description=__doc__)
    parser.add_argument(
        "--from",
        dest="first",
        type=minute_of,
        metavar="MINUTE",
        help="UTC: 2026-11-23T10:00; default: 24 hours before --to",
    )
    parser.add_argument(
        "--to", dest="last", type=minute_of, metavar="MINUTE", help="this one included; default: 15 minutes ago"
    )
    parser.add_argument("--minute", type=minute_of, metavar="MINUTE", help="this one only")
    parser.add_argument("--source", action="append", default=[], metavar="NAME", help="may be given several times")
    parser.add_argument("--config", type=Path, default=CDK_JSON, help="the cdk.json that was deployed")
    parser.add_argument("--stack", default=STACK, help=f"default: {STACK}")
    parser.add_argument("--dry-run", action="store_true", help="say what would be sent, and send nothing")
    options = parser.parse_args(arguments)
    if options.minute:
        if options.first or options.last:
            parser.error("--minute goes without --from and --to")
        options.first = options.last = options.minute
    return options


def _replay(options: argparse.Namespace, clock: Callable[[], datetime]) -> int:
    span = span_of(options.first, options.last, clock())
    sources = sources_of(options.config)
    unknown = set(options.source) - set(sources)
    if unknown:
        raise CommandFailed(f"{options.config} has no source {min(unknown)}: it has {', '.join(sorted(sources))}.")
    with aws_errors_as_command_failed("where the stack is"):
        aws = session()
        bucket = Deployment.find(aws.client("cloudformation", config=READING), options.stack).output("BucketName")
        s3 = aws.client("s3", config=READING)
        store = RawStore(aws.client("s3", config=WRITING), bucket)
        presence = ExistingSamples(aws.client("cloudwatch", config=READING))
        publisher = Publisher(aws.client("cloudwatch", config=WRITING))
    saved = SavedMinutes(s3, bucket)
    claims = ReplayLocks(s3, store, bucket, f"replay.{secrets.token_hex(8)}")
    print(f"Looking for minutes that are saved and not published, {span} ...", flush=True)
    found = saved.within(span, options.source)
    claimed = claims.within(span)
    missing = _without_minutes(found, options, span)
    minutes = _unpublished(found, presence, claimed, span)
    if not minutes:
        print(f"All {len(found):,} saved minutes are published.")
        return int(missing)
    for line in describe_spans(minutes):
        print_safe(line)
    print(f"The replay {cost_of(minutes, sources)}.", flush=True)
    replay = Replay(
        saved=saved,
        sources=sources,
        names=NamesAsOf(s3, bucket),
        presence=presence,
        claims=claims,
        claimed=claimed,
        publisher=publisher,
        clock=clock,
        dry_run=options.dry_run,
    )
    done = [_told(replayed) for portion in portions(minutes) for replayed in replay.run(portion)]
    return max(_summary(done, options.dry_run), missing)


def _without_minutes(found: Sequence[SavedMinute], options: argparse.Namespace, span: Span) -> bool:
    """Say which named sources have no saved minute; true if there is one. Raises CommandFailed when none is saved."""
    missing = sorted(set(options.source) - {saved.source for saved in found})
    of = f" of {' or '.join(missing)}" if missing else ""
    nothing = f"S3 has no minute{of}, {span}: nothing was collected then, or nothing could be saved (`make restore`)."
    if not found:
        raise CommandFailed(nothing)
    if missing:
        print_safe(nothing, sys.stderr)
    return bool(missing)


def _unpublished(
    found: Sequence[SavedMinute], presence: ExistingSamples, claimed: dict[tuple[datetime, str], Claim], span: Span
) -> list[SavedMinute]:
    """Those of the saved minutes of which nobody has seen `Published`."""
    markers = {("Published", (("Source", source),)) for source in {saved.source for saved in found}}
    there = presence.of(HEALTH_NAMESPACE, markers, span) if markers else set()
    marked = {(minute, dimensions[0][1]) for (_, dimensions), minute in there}
    marked |= {minute for minute, claim in claimed.items() if claim.published}
    return [saved for saved in found if (saved.minute, saved.source) not in marked]


def _told(replayed: Replayed) -> Replayed:
    print_safe(replayed)
    return replayed


def _summary(done: Sequence[Replayed], dry_run: bool) -> int:
    well = sum(replayed.well for replayed in done)
    if dry_run:
        print(f"{well:,} of {len(done):,} minutes can be published; nothing was sent.")
    else:
        print(
            f"{well:,} of {len(done):,} minutes are published now: {sum(each.sent for each in done):,} data sent, "
            f"{sum(each.there for each in done):,} there already, {sum(each.refused for each in done):,} refused, "
            f"{sum(each.unknown for each in done):,} unknown."
        )
    return int(well < len(done))


if __name__ == "__main__":
    sys.exit(main())

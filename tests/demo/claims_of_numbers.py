"""Claims about what S3 and CloudWatch hold: what was served, once, and nothing where nothing is known."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from contract.raw import Reason, raw_key
from tests.demo.books import METRICS, Series
from tests.demo.claim import Claim, differences
from tests.demo.evidence import Evidence
from tests.demo.night import APPLICATION_LABELS, GAMES, IDLE, SOURCE, ZONE_IDS
from tests.demo.script import expected_unknown, expected_unpublished

COLUMNS: Final = ("bytes_ingress", "bytes_egress", "connections")
"""Of an application in a raw row, in the order of METRICS."""

SAME_CAUSE: Final = {Reason.AUTH_LOCKOUT_GUARD: Reason.UNAUTHORIZED}
"""A token that is known to be refused is tried on one zone a minute; the other zones are not asked."""


def s3_usage(evidence: Evidence) -> Mapping[tuple[datetime, str, str], tuple[float, ...]]:
    """What S3 holds: by minute, zone name and application id, in the order of METRICS."""
    return {
        (line.minute, line.zone, app["app_id"]): tuple(app[column] for column in COLUMNS)
        for line in evidence.lines
        for app in line.row["apps"]
    }


def s3_is_what_was_served(evidence: Evidence) -> Claim:
    """Every number in an answer is in S3, and S3 has no number that was not in an answer."""
    stored = {
        (line.minute, line.zone, app["app_id"]): (*(app[column] for column in COLUMNS), app["duration_avg_ms"])
        for line in evidence.lines
        for app in line.row["apps"]
        if app["reported"]
    }
    served = {
        key: (reading.bytes_ingress, reading.bytes_egress, reading.connections, reading.duration_avg_ms)
        for key, reading in evidence.served.items()
    }
    text = "S3 holds what Cloudflare served, no more and no less"
    return Claim(text, f"{len(served):,} readings", tuple(differences(stored, served)))


def cloudwatch_is_what_s3_holds(evidence: Evidence) -> Claim:
    """Every minute of every series is the sum of S3's rows."""
    absent = expected_unpublished(evidence.night)
    gone = _zeros_of_the_deleted(evidence)
    expected: defaultdict[tuple[Series, datetime], float] = defaultdict(float)
    for (minute, zone, app_id), values in s3_usage(evidence).items():
        if minute not in absent and (minute, app_id) not in gone:
            for metric, value in zip(METRICS, values, strict=True):
                expected[Series(zone, APPLICATION_LABELS[app_id], metric), minute] += value
                expected[Series(zone, "", metric), minute] += value
    found = {(series, at): value for series, values in evidence.traffic.items() for at, value in values.items()}
    text = f"CloudWatch holds the same, except {_clock(absent)}: the function was killed"
    return Claim(text, f"{len(found):,} sums", tuple(differences(found, expected)))


def _zeros_of_the_deleted(evidence: Evidence) -> set[tuple[datetime, str]]:
    """The last row of each application that the list no longer has, if Cloudflare had left it out of its answer.

    Names are read after a minute is saved and before it is published: CloudWatch knows a minute earlier.
    """
    last = {app["app_id"]: (line, app) for line in evidence.lines for app in line.row["apps"]}
    end = {line.zone: line.minute for line in evidence.lines if line.known}
    return {
        (line.minute, app_id)
        for app_id, (line, app) in last.items()
        if line.minute < end[line.zone] and not app["reported"]
    }


def once_in_s3(evidence: Evidence) -> Claim:
    """There is one object a minute, with one line a zone, however often the event came."""
    wanted = {raw_key(minute, SOURCE) for minute in evidence.night.minutes}
    keys = Counter(each.key for each in evidence.objects)
    lines = Counter((line.minute, line.zone) for line in evidence.lines)
    again = len(evidence.invocations) - len(evidence.night.minutes)
    refused = evidence.duplicates_refused
    objections = (
        *([] if refused == again > 0 else [f"{again} events came twice, and {refused} were refused"]),
        *(f"no object {key}" for key in sorted(wanted - keys.keys())),
        *(f"an object too many: {key}" for key in sorted(keys.keys() - wanted)),
        *(f"{zone} {at:%H:%M} stands there {count} times" for (at, zone), count in lines.items() if count > 1),
        *(
            f"{zone} {at:%H:%M} is missing"
            for at in evidence.night.minutes
            for zone in ZONE_IDS
            if (at, zone) not in lines
        ),
    )
    text = f"Every minute of every zone is in S3 once, though {again} events came twice"
    return Claim(text, f"{len(keys)} objects, {lines.total()} lines", objections)


def once_in_cloudwatch(evidence: Evidence) -> Claim:
    """No datum was put a second time, which would have doubled its sum."""
    twice = tuple(f"{series} {at:%H:%M}: {count} data" for (series, at), count in evidence.puts.items() if count > 1)
    return Claim("No minute is in CloudWatch twice", f"{evidence.puts.total():,} data", twice)


def unknown_is_absent(evidence: Evidence) -> Claim:
    """A line with a reason has no numbers, and its minute has no data."""
    unknown = {(line.minute, line.zone) for line in evidence.unknown}
    objections = (
        *(f"{line.zone} {line.minute:%H:%M}: S3 has numbers" for line in evidence.unknown if line.row["apps"]),
        *(
            f"{series.zone} {at:%H:%M}: CloudWatch has {series.metric} {value}"
            for series, values in evidence.traffic.items()
            for at, value in values.items()
            if (at, series.zone) in unknown
        ),
    )
    return Claim("What is unknown is absent, not zero", f"{len(unknown)} lines", objections)


def unknown_is_what_was_announced(evidence: Evidence) -> Claim:
    """What the script said would be lost is lost, and nothing else."""
    found = {
        (line.minute, line.zone): SAME_CAUSE.get(line.row["reason"], line.row["reason"]) for line in evidence.unknown
    }
    expected = expected_unknown(evidence.night)
    text = "Exactly the announced minutes are unknown, for the announced reasons"
    return Claim(text, f"{len(expected)} announced, {len(found)} found", tuple(differences(found, expected)))


def idle_is_zero(evidence: Evidence) -> Claim:
    """An application that the list knows and the answer leaves out has carried nothing."""
    # The first minute is saved before names are asked for: nobody knows of an application that is left out of it.
    minutes = [line for line in evidence.lines if line.zone == GAMES and line.known][1:]
    label = next(text for text in APPLICATION_LABELS.values() if text.startswith(IDLE))
    values = {metric: evidence.traffic[Series(GAMES, label, metric)] for metric in METRICS}
    absent = expected_unpublished(evidence.night)
    objections = []
    for line in minutes:
        rows = [app for app in line.row["apps"] if app["app_name"] == IDLE]
        if [(app["reported"], *(app[column] for column in COLUMNS)) for app in rows] != [(False, 0, 0, 0)]:
            objections.append(f"{line.minute:%H:%M} in S3: {rows}")
        in_cloudwatch = [values[metric].get(line.minute) for metric in METRICS]
        if line.minute not in absent and in_cloudwatch != [0, 0, 0]:
            objections.append(f"{line.minute:%H:%M} in CloudWatch: {in_cloudwatch}")
    if not minutes:
        objections.append("there is no such minute")
    text = f"What is idle is zero, not absent: {IDLE}"
    return Claim(text, f"{len(minutes)} minutes of 0", tuple(objections))


def _clock(minutes: frozenset[datetime]) -> str:
    return ", ".join(f"{minute:%H:%M}" for minute in sorted(minutes))

"""Every datum in CloudWatch against the lines in S3: exact, or absent and somebody said so, and never twice.

docs/data.md, "CloudWatch" and "How exact": no object, no traffic metrics; `Published` says that the minute is whole; a
zone's own series is the sum of its rows, and only where all of its requests were collected.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from contract.metrics import BY_NAME
from tests.soak.evidence import Evidence, Line, Point, Saved
from tests.soak.happened import Run
from tests.soak.model.finding import Sort, Verdict
from tests.soak.model.naming import badly_listed, names_untold
from tests.soak.model.series import Place, Value, data_of, place_of, source_of
from tests.soak.stack import POLLED

PUBLISHED: Final = "Published"
_WORDS: Final = ("refused", "unknown")
"""How a run's error tells what became of its data: `3 refused, 4 unknown`."""


def check_published(evidence: Evidence, saved: Mapping[tuple[str, datetime], Saved], verdict: Verdict) -> None:
    """Judge every datum, and every one that is not there."""
    points: defaultdict[Place, list[Point]] = defaultdict(list)
    for point in evidence.traffic:
        place = place_of(evidence.world, point)
        if place is None:
            verdict.add(Sort.WRONG, "?", point.minute, f"a series of nobody: {point.metric} {dict(point.dimensions)}")
        else:
            points[place].append(point)
    markers = Counter(
        (dict(point.dimensions)["Source"], point.minute) for point in evidence.health if point.metric == PUBLISHED
    )
    for (source, minute), number in markers.items():
        if number > 1:
            verdict.add(Sort.TWICE, source, minute, f"Published {number} times")
        if (source, minute) not in saved:
            verdict.add(Sort.WRONG, source, minute, "Published, and there is no object")
    by_minute: defaultdict[tuple[str, datetime], dict[Place, list[Point]]] = defaultdict(dict)
    for place, found in points.items():
        by_minute[source_of(place.zone_id), place.minute][place] = found
    for source, minute in by_minute.keys() - saved.keys():
        verdict.add(Sort.WRONG, source, minute, "traffic metrics of a minute without an object")
    _check_counted(evidence, saved, markers, verdict)
    runs = {run.request_id: run for delivery in evidence.deliveries for run in delivery.runs}
    for (source, minute), each in saved.items():
        if each.run in runs:
            there = by_minute.get((source, minute), {})
            _Minute(evidence, verdict, source, minute, runs[each.run]).check(
                each.lines, there, published=bool(markers[source, minute])
            )


def _check_counted(
    evidence: Evidence,
    saved: Mapping[tuple[str, datetime], Saved],
    markers: Counter[tuple[str, datetime]],
    verdict: Verdict,
) -> None:
    """The hourly count of saved minutes without `Published` is right, when the last hour was undisturbed."""
    if evidence.looked_at is None:
        return
    for source in POLLED:
        wanted = sum(1 for each, minute in saved if each == source and not markers[each, minute])
        told = [
            point.sum
            for point in evidence.health
            if point.metric == "UnpublishedMinutes"
            and dict(point.dimensions) == {"Source": source}
            and point.minute >= evidence.looked_at
        ]
        if told != [wanted]:
            verdict.add(
                Sort.WRONG, source, evidence.looked_at, f"UnpublishedMinutes says {told}, and there are {wanted}"
            )


class _Minute:
    """One saved minute in CloudWatch."""

    def __init__(self, evidence: Evidence, verdict: Verdict, source: str, minute: datetime, run: Run) -> None:
        self._evidence, self._verdict = evidence, verdict
        self._source, self._minute, self._run = source, minute, run

    def check(self, lines: tuple[Line, ...], there: Mapping[Place, list[Point]], *, published: bool) -> None:
        wanted = dict(data_of(lines, self._source, self._minute))
        for place, points in there.items():
            self._check_points(place, points, wanted.get(place))
        absent = [place for place in wanted if place not in there and not self._may_lack(place, lines)]
        if not published:
            self._explained(len(wanted), len(absent))
        elif absent:
            self._say(Sort.UNEXPLAINED, f"Published, and {len(absent)} data are not there, such as {absent[0]}")
        else:
            self._verdict.published["exact"] += 1

    def _check_points(self, place: Place, points: list[Point], value: Value | None) -> None:
        if len(points) > 1:
            self._say(Sort.TWICE, f"{len(points)} data of {place}")
        if value is None:
            self._say(Sort.WRONG, f"a datum of what is not known: {place}: {points[0].sum}")
            return
        if not value.equals(points[0]):
            self._say(Sort.WRONG, f"{place}: {points[0]}, the rows say {value}")
        if points[0].unit != BY_NAME[place.metric].unit:
            self._say(Sort.WRONG, f"{place}: unit {points[0].unit}")

    def _may_lack(self, place: Place, lines: tuple[Line, ...]) -> bool:
        """Whether this series need not be there: its names had not been asked for, or its application has ended.

        "Series of a zone start when its names have been asked for once": in the very first minutes. "An application
        that has just gone has a last row of zeros in S3, and no datum"; so has one that a disturbed list left out.
        """
        if self._minute < self._evidence.calm_until and self._run.at < self._evidence.calm_until:
            return True
        zeros = [
            app
            for line in lines
            for app in line["apps"]
            if line["zone_id"] == place.zone_id and app["app_id"] == place.app_id and not app["reported"]
        ]
        zone = self._evidence.world.zone(place.zone_id)
        assert zone is not None
        ended = any(app.id == place.app_id and self._minute not in app.exists for app in zone.applications)
        return bool(zeros) and (ended or badly_listed(self._evidence, place.zone_id, self._run.at))

    def _explained(self, wanted: int, absent: int) -> None:
        """No `Published`: the run that wrote the object, or Lambda, must have said so."""
        run = self._run
        if self._evidence.restored:
            self._say(Sort.UNEXPLAINED, f"replayed, and not Published: {absent} of {wanted} data are absent")
            return
        if run.killed:
            self._verdict.published["part or none: the run was killed"] += 1
            return
        if run.error == "NotSaved":
            # Its object was restored, or was written by the try whose answer was lost.
            self._verdict.published["none: saved without the run's knowledge, or restored"] += 1
            return
        if run.error != "NotPublished":
            self._say(Sort.UNEXPLAINED, f"not Published by a run that ended as {run.error or 'success'}")
            return
        said = next(
            (
                each.message
                for each in self._evidence.errors
                if (each.request_id, each.error) == (run.request_id, run.error)
            ),
            None,
        )
        if said is None:
            self._say(Sort.UNEXPLAINED, "not Published, and no log line says so")
        elif "names could not be read" in said:
            if not names_untold(run):
                self._say(Sort.UNEXPLAINED, f"S3 was not disturbed, and yet: {said}")
            self._verdict.published["none: S3 did not tell the names"] += 1
        else:
            refused, unknown = (_number_before(said, word) for word in _WORDS)
            # The marker is one of them if it was sent.
            if absent > refused + unknown:
                self._say(Sort.UNEXPLAINED, f"{absent} of {wanted} data are absent, and the log says: {said}")
            self._verdict.published["part or none: publish_unknown" if unknown else "none: refused"] += 1

    def _say(self, sort: Sort, what: str) -> None:
        self._verdict.add(sort, self._source, self._minute, what)


def _number_before(text: str, word: str) -> int:
    words = text.replace("(", " ").split()
    return int(words[words.index(word + ("," if word == "refused" else ":")) - 1])

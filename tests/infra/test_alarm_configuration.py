"""What `alarms` in cdk.json may say, and what is said about the rest."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.app_names import AppNames, Catalog, ZoneNames
from collector.series import series_of
from infra.configuration import Alarms, ConfigurationError, TrafficAlarm, parse
from infra.monitoring.alarm import Series
from infra.monitoring.alarms import of_watch
from tests.infra.declared import ZONE_A, ZONE_B, minimal
from tests.infra.test_configuration import assert_parsed_or_refused, problems
from tests.unit.examples import application as row
from tests.unit.examples import poll, source
from tests.unit.examples import zone as unnamed_zone

WATCH: dict[str, Any] = {"name": "n", "zone": "a.example", "metric": "BytesEgress", "above": 1}


def settings(**keys: Any) -> dict[str, Any]:
    """A configuration of one zone with a name, and these settings of the alarms."""
    return minimal(zones=[{"id": ZONE_A, "name": "a.example"}]) | {"alarms": keys}


def watching(*, zone: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A configuration with one watch on traffic, changed."""
    zones = [{"id": ZONE_A, "name": "a.example"} | (zone or {})]
    return minimal(zones=zones) | {"alarms": {"traffic": [WATCH | changes]}}


def test_nothing_needs_to_be_set() -> None:
    assert parse(minimal()).alarms == Alarms(None, None, 5, 5, 95, ())


def test_everything_can_be_set() -> None:
    url = "https://git.example/docs/operations.md"
    watch = WATCH | {"below": 0 + 1, "unusual": 2, "minutes": 3}
    found = parse(
        settings(
            email="a+b@example.com",
            runbook_url=url,
            minutes_without_data=3,
            zone_minutes=10,
            rate_limit_percent=80,
            traffic=[watch],
        )
    ).alarms
    expected = TrafficAlarm("", "n", "a.example", None, None, "BytesEgress", 1, 1, 2, 3)
    assert found == Alarms("a+b@example.com", url, 3, 10, 80, (expected,))


@pytest.mark.parametrize(
    ("context", "path", "says"),
    [
        (minimal() | {"alarms": 5}, "alarms", "must be an object"),
        (settings(mail="a@b"), "alarms.mail", 'did you mean "email"?'),
        (settings(email="on call"), "alarms.email", "one mail address"),
        (settings(runbook_url="docs/operations.md"), "alarms.runbook_url", "https://"),
        (settings(runbook_url="https://a/b#c"), "alarms.runbook_url", 'up to its "#"'),
        (settings(minutes_without_data=1), "alarms.minutes_without_data", "from 2 to 120"),
        (settings(zone_minutes=121), "alarms.zone_minutes", "from 2 to 120"),
        (settings(rate_limit_percent=100), "alarms.rate_limit_percent", "from 1 to 99"),
        (settings(traffic={}), "alarms.traffic", "must be a list"),
        (settings(traffic=["a"]), "alarms.traffic[0]", "must be an object"),
        (watching(metric="Bytes"), "alarms.traffic[0].metric", "must be one of"),
        (watching(below=0), "alarms.traffic[0].below", "from 1 to"),
        (watching(minutes=1), "alarms.traffic[0].minutes", "from 2 to"),
        (watching(name="A"), "alarms.traffic[0].name", "lower-case"),
        (watching(zone={"name": "b.example"}), "alarms.traffic[0].zone", 'there are "b.example"'),
        (watching(application="a\u202eb"), "alarms.traffic[0].application", "1 to 300 printable characters"),
        (watching(application="x", colo="AMS"), "alarms.traffic[0].colo", "leave colo out"),
        (watching(zone={"colos": ["AMS", "FRA"]}, application="x"), "alarms.traffic[0].colo", '"AMS", "FRA"'),
        (
            watching(zone={"colos": ["AMS"]}, application="x", colo="FRA"),
            "alarms.traffic[0].colo",
            "not one of the zone's colos",
        ),
        (watching(colo="AMS"), "alarms.traffic[0].colo", "needs an application"),
        (
            settings(traffic=[{"name": "n", "zone": "a.example"}]),
            "alarms.traffic[0]",
            'at least one of "above", "below", "unusual"',
        ),
        (settings(traffic=[WATCH, WATCH]), "alarms.traffic[1].name", "already the name of alarms.traffic[0]"),
        (watching() | {"metrics": ["Connections"]}, "alarms.traffic[0].metric", "not published"),
        (watching() | {"levels": ["application"]}, "alarms.traffic[0].zone", "no such series"),
    ],
)
def test_a_wrong_setting_is_refused_where_it_stands(context: dict[str, Any], path: str, says: str) -> None:
    found = problems(context)
    assert says in found[path]
    assert len(found) == 1


@pytest.mark.parametrize("zone", ["日本.jp", "xn--wgv71a.jp"])
@pytest.mark.parametrize("application", ["ssh.日本.jp tcp/22", "ssh.xn--wgv71a.jp tcp/22"])
def test_a_watch_names_the_series_that_the_collector_publishes(zone: str, application: str) -> None:
    context = watching(zone={"name": "日本.jp"}) | {
        "alarms": {"traffic": [WATCH | {"zone": zone, "application": application}]}
    }
    (watch,) = parse(context).alarms.traffic
    (series,) = (alarm.watched for alarm in of_watch(watch))
    assert isinstance(series, Series)
    assert series.dimensions == (("Zone", "xn--wgv71a.jp"), ("Application", "ssh.xn--wgv71a.jp tcp/22"))


def test_a_zone_whose_name_cloudflare_has_can_be_watched_under_any_name() -> None:
    context = minimal(zones=[ZONE_A, {"id": ZONE_B, "name": "b.example"}]) | {"alarms": {"traffic": [WATCH]}}
    assert parse(context).alarms.traffic[0].subject == "a.example"


def test_a_wrong_watch_does_not_hide_another() -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(settings(traffic=[{"name": "one"}, WATCH | {"minutes": 0}]))
    paths = {problem.path for problem in refused.value.problems}
    assert {"alarms.traffic[0]", "alarms.traffic[0].zone", "alarms.traffic[1].minutes"} <= paths


@given(st.text(max_size=300), st.text(max_size=300))
@example("x" * 250, "y" * 250)
@example(":a", ":b")
def test_a_watched_name_is_refused_or_what_the_collector_publishes(zone: str, application: str) -> None:
    watch = WATCH | {"zone": zone, "application": application}
    try:
        (found,) = parse(minimal() | {"alarms": {"traffic": [watch]}}).alarms.traffic
    except ConfigurationError:
        return
    apps = {"app": AppNames(application, None)}
    names = Catalog({"0" * 32: ZoneNames(zone, apps, initialized=True)})
    data = series_of([poll(unnamed_zone(0), [row("app")])], source(unnamed_zone(0)), names).data
    (series,) = {datum.dimensions for datum in data if len(datum.dimensions) > 1}
    assert found.dimensions == series


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["a.example", "AMS", "BytesEgress"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*WATCH, "traffic"]), inner),
    max_leaves=12,
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("email", "runbook_url", "zone_minutes", "traffic"), JSON)) | JSON
)
def test_anything_under_alarms_is_parsed_or_refused_with_a_message(given_alarms: object) -> None:
    assert_parsed_or_refused(minimal() | {"alarms": given_alarms})

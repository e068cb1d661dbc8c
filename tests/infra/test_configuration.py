"""What cdk.json may say, and what is said about the rest."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.sources import LEVELS, TRAFFIC_METRICS
from infra.bundle import PROJECT
from infra.configuration import Configuration, ConfigurationError, parse
from tests.infra.declared import SPECTRUM, ZONE_A, ZONE_B, ZONE_C, minimal, zone_ids


def problems(context: object) -> dict[str, str]:
    """The messages of a configuration that is refused, by path."""
    with pytest.raises(ConfigurationError) as refused:
        parse(context)
    return {problem.path: problem.message for problem in refused.value.problems}


def one_source(**changes: Any) -> dict[str, Any]:
    source: dict[str, Any] = minimal(**changes)["sources"][0]
    return source


def two_sources(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {"sources": [one_source(**first), one_source(name="second", zones=[ZONE_B]) | second]}


def test_one_source_with_one_zone_id_is_enough() -> None:
    configuration = parse(minimal())
    (source,) = configuration.sources
    (zone,) = source.zones
    assert (source.name, source.secret, source.owner) == (
        "main",
        "cloudflare-spectrum/main",
        "cloudflare-spectrum/main",
    )
    assert not source.existing_secret
    assert (zone.id, zone.name, zone.app_ids, zone.colos) == (ZONE_A, None, (), ())
    assert (configuration.metrics, configuration.levels) == (TRAFFIC_METRICS, LEVELS)
    assert (configuration.metric_limit, configuration.catalog_minutes) == (200, 60)
    assert (configuration.log_retention_days, configuration.log_level) == (30, "INFO")
    assert configuration.reserved_concurrency is None
    assert (configuration.raw_retention_days, configuration.open_days) == (90, 1)
    assert (configuration.query_scan_limit_gb, configuration.compactor_memory_mb) == (100, 2048)
    assert configuration.monthly_limit_dollars is None


def test_everything_can_be_said() -> None:
    app_ids = zone_ids(100)
    configuration = parse(
        {
            "sources": [
                {
                    "name": "a-1",
                    "secret": "x/Y_+=.@-z",
                    "owner": "ops@example.com",
                    "existing_secret": True,
                    "requests_per_minute": 90,
                    "zones": [{"id": ZONE_A, "name": "a.example", "app_ids": app_ids, "colos": ["AMS", "FRA"]}],
                }
            ],
            "metric_limit": 0,
            "metrics": ["Connections", "BytesIngress"],
            "levels": ["zone"],
            "catalog_minutes": 5,
            "log_retention_days": 3653,
            "log_level": "DEBUG",
            "reserved_concurrency": 1,
            "raw_retention_days": 3650,
            "open_days": 7,
            "query_scan_limit_gb": 1,
            "compactor_memory_mb": 10240,
            "monthly_limit_dollars": 1,
        }
    )
    (source,) = configuration.sources
    (zone,) = source.zones
    assert (source.owner, source.existing_secret, source.requests_per_minute) == ("ops@example.com", True, 90)
    assert (zone.name, zone.app_ids, zone.colos) == ("a.example", tuple(app_ids), ("AMS", "FRA"))
    assert configuration.metrics == ("BytesIngress", "Connections")
    assert configuration.levels == ("zone",)
    assert (configuration.metric_limit, configuration.catalog_minutes) == (0, 5)
    assert (configuration.log_retention_days, configuration.log_level) == (3653, "DEBUG")
    assert configuration.reserved_concurrency == 1
    assert (configuration.raw_retention_days, configuration.open_days) == (3650, 7)
    assert (configuration.query_scan_limit_gb, configuration.compactor_memory_mb) == (1, 10240)
    assert configuration.monthly_limit_dollars == 1


def test_the_json_text_from_the_command_line_means_the_same() -> None:
    assert parse(json.dumps(SPECTRUM)) == parse(SPECTRUM)


def test_the_shipped_file_needs_zones_and_says_where_to_find_them() -> None:
    shipped = json.loads((PROJECT / "cdk.json").read_text())["context"]["spectrum"]
    message = problems(shipped)
    assert message.keys() == {"sources[0].zones"}
    assert "make discover" in message["sources[0].zones"]
    assert "dashboard" in message["sources[0].zones"]
    assert "https://api.cloudflare.com/client/v4/zones" in message["sources[0].zones"]


def test_every_error_is_told_at_once_with_its_path() -> None:
    wrong = {
        "sources": [
            {"name": "Main", "secrt": "x", "zones": ["short", {"id": ZONE_A, "colos": ["ams"]}, {"name": "no id"}]},
            "second",
        ],
        "metric_limit": "many",
        "log_retention_days": 31,
        "surprise": 1,
    }
    assert problems(wrong).keys() == {
        "surprise",
        "sources[0].secrt",
        "sources[0].secret",
        "sources[0].name",
        "sources[0].zones[0].id",
        "sources[0].zones[1].colos[0]",
        "sources[0].zones[2].id",
        "sources[1]",
        "metric_limit",
        "log_retention_days",
    }


def test_the_message_counts_the_problems_and_shows_every_path() -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(minimal(name="A", secret="") | {"surprise": 1})
    text = str(refused.value)
    assert text.startswith('cdk.json, context key "spectrum": 3 problems to correct')
    assert [line.split(":")[0] for line in text.splitlines()[1:]] == [
        "  - surprise",
        "  - sources[0].secret",
        "  - sources[0].name",
    ]


@pytest.mark.parametrize(
    ("context", "path", "says"),
    [
        (None, "", "is missing"),
        ("{", "", "is not JSON"),
        ("[" * 100_000, "", "is not JSON"),
        ([], "", "must be an object with the keys"),
        ({}, "sources", "holds no source"),
        ({"sources": {}}, "sources", "must be a list, not an object"),
        ({"sources": []}, "sources", "holds no source"),
        (minimal() | {"metric_limt": 5}, "metric_limt", 'did you mean "metric_limit"?'),
        (minimal() | {"dashboard": True}, "dashboard", "known here:"),
        (minimal() | {"not a word": 1}, '["not a word"]', "unknown key"),
        (minimal(zone=[]), "sources[0].zone", 'did you mean "zones"?'),
        (minimal(name="has_underscore"), "sources[0].name", "lower-case letters, digits and hyphens"),
        (minimal(name="x" * 33), "sources[0].name", "1 to 32"),
        (minimal(name=None), "sources[0].name", "not null"),
        (minimal(secret="arn:aws:secretsmanager:…"), "sources[0].secret", "not its ARN"),
        (minimal(secret="ends-with-sixsix"), "sources[0].secret", "choose another name"),
        (minimal(existing_secret="yes"), "sources[0].existing_secret", "true or false"),
        (minimal(owner=""), "sources[0].owner", "a name for the Cloudflare user"),
        (minimal(requests_per_minute=9), "sources[0].requests_per_minute", "whole number from 10 to 6,000"),
        (minimal(requests_per_minute=True), "sources[0].requests_per_minute", "not true"),
        (minimal(zones=ZONE_A), "sources[0].zones", "must be a list"),
        (minimal(zones=[7]), "sources[0].zones[0]", 'must be an object with the keys "id"'),
        (minimal(zones=[ZONE_A.upper()]), "sources[0].zones[0].id", "32 lower-case hexadecimal"),
        (minimal(zones=[ZONE_A + "\n"]), "sources[0].zones[0].id", "32 lower-case hexadecimal"),
        (minimal(zones=[{"id": ZONE_A, "app_id": []}]), "sources[0].zones[0].app_id", 'did you mean "app_ids"?'),
        (minimal(zones=[{"id": ZONE_A, "name": "a\u202eb"}]), "sources[0].zones[0].name", "1 to 255 printable"),
        (minimal(zones=[{"id": ZONE_A, "name": " "}]), "sources[0].zones[0].name", "no blank at an end"),
        (minimal(zones=[{"id": ZONE_A, "app_ids": ["x"]}]), "sources[0].zones[0].app_ids[0]", "hexadecimal"),
        (minimal(zones=[{"id": ZONE_A, "app_ids": zone_ids(101)}]), "sources[0].zones[0].app_ids", "at most 100"),
        (minimal(zones=[{"id": ZONE_A, "app_ids": [ZONE_B] * 2}]), "sources[0].zones[0].app_ids[1]", "twice"),
        (minimal(zones=[{"id": ZONE_A, "colos": ["AMS", "AMS"]}]), "sources[0].zones[0].colos[1]", "twice"),
        (minimal(zones=[{"id": ZONE_A, "colos": "AMS"}]), "sources[0].zones[0].colos", "must be a list"),
        (minimal() | {"metric_limit": -1}, "metric_limit", "from 0 to 10,000"),
        (minimal() | {"metric_limit": 1.5}, "metric_limit", "not 1.5"),
        (minimal() | {"metrics": ["Bytes"]}, "metrics[0]", '"BytesIngress"'),
        (minimal() | {"levels": []}, "levels", "at least one"),
        (minimal() | {"levels": "zone"}, "levels", "must be a list"),
        (minimal() | {"catalog_minutes": 0}, "catalog_minutes", "from 5 to 720"),
        (minimal() | {"log_retention_days": 31}, "log_retention_days", "must be one of 1, 3, 5"),
        (minimal() | {"log_retention_days": True}, "log_retention_days", "not true"),
        (minimal() | {"log_level": "debug"}, "log_level", '"DEBUG"'),
        (minimal() | {"log_level": "WARNING"}, "log_level", 'one of "DEBUG", "INFO"'),
        (minimal() | {"reserved_concurrency": 0}, "reserved_concurrency", "from 1 to"),
        (two_sources({}, {}) | {"reserved_concurrency": 1}, "reserved_concurrency", "from 2 to"),
        (minimal() | {"raw_retention_days": 14}, "raw_retention_days", "from 15 to 3,650"),
        (minimal() | {"open_days": 0}, "open_days", "from 1 to 7"),
        (minimal() | {"open_days": 8}, "open_days", "from 1 to 7"),
        (minimal() | {"query_scan_limit_gb": 0.5}, "query_scan_limit_gb", "from 1 to 1,000,000"),
        (minimal() | {"compactor_memory_mb": 511}, "compactor_memory_mb", "from 512 to 10,240"),
        (minimal() | {"monthly_limit_dollars": 0}, "monthly_limit_dollars", "from 1 to 10,000,000"),
        (minimal() | {"monthly_limit_dollars": None}, "monthly_limit_dollars", "from 1 to 10,000,000"),
    ],
)
def test_a_wrong_value_is_refused_where_it_stands(context: object, path: str, says: str) -> None:
    found = problems(context)
    assert says in found[path]
    assert len(found) == 1


def test_a_wrong_secret_is_not_repeated_because_it_may_be_the_token() -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(minimal(secret="verysecret token"))
    assert "verysecret" not in str(refused.value)


OLD_TOKEN = st.text("abcXYZ019_-", min_size=38, max_size=38).map(lambda text: f"a{text}Z")
GLOBAL_KEY = st.text("0123456789abcdef", min_size=37, max_size=37)
TOKENS = st.one_of(
    st.builds(str.__add__, st.sampled_from(["cfut_", "cfat_", "cfk_"]), OLD_TOKEN), OLD_TOKEN, GLOBAL_KEY
)
PASTED = st.sampled_from(["{}", " {}\n", "Bearer {}", '{{"token": "{}"}}', "https://example.com/?token={}", "x/{}"])
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "sources[0].secret": lambda text: minimal(secret=text),
    "sources[0].name": lambda text: minimal(name=text),
    "sources[0].owner": lambda text: minimal(owner=text),
    "sources[0].existing_secret": lambda text: minimal(existing_secret=text),
    "sources[0].token": lambda text: minimal(token=text),
    "sources[0].zones": lambda text: minimal(zones=text),
    "sources[0].zones[0]": lambda text: minimal(zones=[text]),
    "sources[0].zones[0].id": lambda text: minimal(zones=[{"id": text}]),
    "sources[0].zones[0].name": lambda text: minimal(zones=[{"id": ZONE_A, "name": text}]),
    "sources[0].zones[0].app_ids[1]": lambda text: minimal(zones=[{"id": ZONE_A, "app_ids": [ZONE_B, text]}]),
    "sources[0].zones[0].colos[0]": lambda text: minimal(zones=[{"id": ZONE_A, "colos": [text]}]),
    'sources[0]["[token]"]': lambda text: minimal(**{text: "x"}),
    "log_level": lambda text: minimal() | {"log_level": text},
    "metric_limit": lambda text: minimal() | {"metric_limit": text},
    "alarms.email": lambda text: minimal() | {"alarms": {"email": text}},
    "alarms.runbook_url": lambda text: minimal() | {"alarms": {"runbook_url": text}},
    "alarms.traffic[0].zone": lambda text: minimal() | {"alarms": {"traffic": [traffic(zone=text)]}},
    "alarms.traffic[0].application": lambda text: minimal() | {"alarms": {"traffic": [traffic(application=text)]}},
}


def traffic(**changes: Any) -> dict[str, Any]:
    return {"name": "t", "zone": "z", "above": 1} | changes


@pytest.mark.parametrize("path", PLACES)
@settings(max_examples=25, deadline=None)
@given(TOKENS, PASTED)
def test_a_token_is_refused_wherever_it_was_pasted_and_not_repeated(path: str, token: str, pasted: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(PLACES[path](pasted.format(token)))
    (problem,) = refused.value.problems
    assert problem.path == path
    assert "roll the token" in problem.message
    assert ("the NAME of the secret" in problem.message) is (path == "sources[0].secret")
    said = str(refused.value)
    assert [token[at : at + 8] for at in range(len(token) - 7) if token[at : at + 8] in said] == []


@pytest.mark.parametrize("token", ["cfut_", "f" * 37, "abcdefghij" * 4, "abcdefgh-_" * 4 + "\n", '{"token": "short"}'])
def test_what_cannot_be_told_from_a_token_is_no_name_of_a_secret(token: str) -> None:
    assert "the NAME of the secret" in problems(minimal(secret=token))["sources[0].secret"]


def test_a_name_as_long_as_a_token_is_possible_with_a_slash_and_elsewhere() -> None:
    name = "production/cloudflare-spectrum-main-0001"
    assert len(name) == 40
    label = "eu-west-minecraft-bedrock-server-pool-01"
    assert len(label) == 40
    (source,) = parse(minimal(secret=name, zones=[{"id": ZONE_A, "name": label}])).sources
    assert (source.secret, source.zones[0].name) == (name, label)


@pytest.mark.parametrize("length", [35, 39, 41, 52])
def test_a_mistyped_token_is_not_repeated_either(length: int) -> None:
    token = "aB3_" * 13
    # A zone, or an application that an alarm watches, may have such a name.
    for place in (place for name, place in PLACES.items() if not name.endswith(("].name", ".zone", ".application"))):
        assert "aB3_aB3_" not in str(outcome(place(token[:length] + "é")))


def test_beside_a_token_every_other_error_is_told() -> None:
    wrong = minimal(secret="cfut_x", zones=["short", "cfut_y"]) | {"surprise": 1}
    assert problems(wrong).keys() == {"sources[0].secret", "sources[0].zones[0].id", "sources[0].zones[1]", "surprise"}


@pytest.mark.parametrize(
    ("context", "path", "says"),
    [
        (two_sources({}, {"name": "main"}), "sources[1].name", "already the name of sources[0]"),
        (minimal(zones=[ZONE_A, ZONE_A]), "sources[0].zones[1].id", "also sources[0].zones[0]"),
        (two_sources({}, {"zones": [ZONE_B, ZONE_A]}), "sources[1].zones[1].id", "also sources[0].zones[0]"),
        (minimal(zones=[ZONE_A, {"id": ZONE_A, "colos": ["AMS"]}]), "sources[0].zones[1].id", "once whole"),
        (
            minimal(zones=[{"id": ZONE_A, "colos": ["FRA"]}, {"id": ZONE_A, "colos": ["AMS"]}]),
            "sources[0].zones[1].id",
            "put all its colos there",
        ),
        (
            minimal(zones=[{"id": ZONE_A, "name": "one"}, {"id": ZONE_B, "name": "one"}]),
            "sources[0].zones[1].name",
            "already the name of sources[0].zones[0]",
        ),
        (
            minimal(zones=[{"id": ZONE_A, "name": "日本.jp"}, {"id": ZONE_B, "name": "xn--wgv71a.jp"}]),
            "sources[0].zones[1].name",
            "already the name of sources[0].zones[0]",
        ),
        (
            two_sources({"zones": [{"id": ZONE_A, "name": "one"}]}, {"zones": [{"id": ZONE_C, "name": "one"}]}),
            "sources[1].zones[0].name",
            "already the name of sources[0].zones[0]",
        ),
        (two_sources({}, {"existing_secret": True}), "sources[1].existing_secret", "says the opposite"),
        (two_sources({"owner": "one"}, {"owner": "two"}), "sources[1].owner", "belongs to one user"),
        (two_sources({}, {"requests_per_minute": 90}), "sources[1].requests_per_minute", "say the same"),
    ],
)
def test_entries_that_contradict_each_other_are_refused(context: object, path: str, says: str) -> None:
    found = problems(context)
    assert found.keys() == {path}
    assert says in found[path]


def test_one_secret_may_serve_several_sources() -> None:
    assert len({source.owner for source in parse(two_sources({}, {})).sources}) == 1


def test_an_owner_over_its_budget_is_refused_with_the_arithmetic_and_a_split() -> None:
    message = problems(minimal(zones=[*zone_ids(235), {"id": ZONE_A, "colos": ["AMS", "CDG", "FRA", "LHR", "MAD"]}]))
    (text,) = message.values()
    assert message.keys() == {"sources[0].zones"}
    assert "needs 240 requests a minute; its budget is 180" in text
    assert "6 x 240 = 1,440" in text
    assert "1. sources[0].zones[0] to sources[0].zones[179]: 180" in text
    assert "2. sources[0].zones[180] to sources[0].zones[235]: 60" in text


def test_the_budget_is_the_owners_over_all_its_sources() -> None:
    ids = zone_ids(181)
    assert problems(two_sources({"zones": ids[:91]}, {"zones": ids[91:]})).keys() == {"sources[0].zones"}
    assert parse(two_sources({"zones": ids[:91]}, {"zones": ids[91:], "secret": "another/user"}))


def test_a_raised_budget_lets_more_zones_in() -> None:
    assert parse(minimal(zones=zone_ids(240), requests_per_minute=240))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(ZONE_A),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text() | st.sampled_from(["id", "name", "zones", "secret", "colos"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def outcome(context: object) -> Configuration | ConfigurationError:
    try:
        return parse(context)
    except ConfigurationError as error:
        return error


def assert_parsed_or_refused(context: object) -> None:
    result = outcome(context)
    if isinstance(result, ConfigurationError):
        assert result.problems
        assert str(result).startswith('cdk.json, context key "spectrum": ')
        assert str(result).encode("utf-8")


@given(JSON)
def test_any_json_is_parsed_or_refused_with_a_message(context: object) -> None:
    assert_parsed_or_refused(context)


@given(st.text())
def test_any_text_is_parsed_or_refused_with_a_message(context: str) -> None:
    assert_parsed_or_refused(context)


@given(
    st.fixed_dictionaries(
        {"sources": st.lists(st.fixed_dictionaries({"zones": JSON}, optional={"name": JSON, "owner": JSON}) | JSON)},
        optional=dict.fromkeys(("metrics", "levels", "log_level", "metric_limit", "reserved_concurrency"), JSON),
    )
)
def test_anything_under_known_keys_is_parsed_or_refused_with_a_message(context: object) -> None:
    assert_parsed_or_refused(context)

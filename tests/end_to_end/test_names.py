"""Names are a comfort: there when they can be had, stable while they last, and nothing is lost without them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.end_to_end.stack import METRIC_LIMIT, SOURCES, TOKENS, ZONES, world
from tests.end_to_end.truth import assert_whole, by_request, expected, points, published, readings
from tests.sandbox.cloudflare import NO_ZONE, Application, Call, Fault, Minutes, World, make_id
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox


def without_permission(**denied: Any) -> World:
    """The world in which `main`'s token may do less."""
    token = world().token(TOKENS["main"])
    assert token is not None
    return world().with_token(replace(token, **denied))


def asked_for(sandbox: Sandbox, *calls: Call) -> int:
    """How many of these calls Cloudflare has had."""
    return sum(asked.call in calls for asked in sandbox.cloudflare.requests)


def series(sandbox: Sandbox, minute: str) -> set[tuple[str, ...]]:
    """Zone, application and data centre of every series of bytes that has a datum at this minute."""
    names = ("Zone", "Application", "Colo")
    return {
        tuple(dict(dimensions)[name] for name in names if name in dict(dimensions))
        for metric, dimensions in published(sandbox, minute)
        if metric == "BytesIngress"
    }


def test_without_the_permission_applications_go_by_their_ids_and_nothing_is_lost(sandbox: Sandbox) -> None:
    sandbox.cloudflare.world = without_permission(settings=NO_ZONE)
    told = []
    for minute in ("10:01", "10:02", "10:59", "11:02", "11:03"):
        invocation = sandbox.run(f"2026-11-23T{minute}:00Z")
        assert invocation.ok
        told += [line for line in sandbox.logged(invocation) if "give it Zone Settings Read" in line.get("message", "")]
    for minute in ("10:00", "10:01", "10:58", "11:01", "11:02"):
        assert_whole(sandbox, f"2026-11-23T{minute}")
    assert [line["minute"] for line in told] == ["2026-11-23T10:00Z", "2026-11-23T11:01Z"]
    assert told[0]["zones"] == [zone.id for zone in ZONES["main"]]
    zone = ZONES["main"][0]
    (line, *_) = sandbox.rows("2026-11-23T10:01")
    assert line["zone_name"] == zone.name
    assert {(app["app_name"], app["protocol"]) for app in line["apps"]} == {(None, None)}
    labels = {names for names in series(sandbox, "2026-11-23T10:01") if names[0] == zone.name}
    assert labels == {(zone.name,), *((zone.name, app.id) for app in zone.applications)}


def test_without_any_permission_but_analytics_zones_go_by_their_ids_too(sandbox: Sandbox) -> None:
    sandbox.cloudflare.world = without_permission(settings=NO_ZONE, zone_details=NO_ZONE)
    assert sandbox.run("2026-11-23T10:01:00Z").ok
    assert_whole(sandbox, "2026-11-23T10:00")
    assert {names[0] for names in series(sandbox, "2026-11-23T10:00")} == {zone.id for zone in ZONES["main"]}


def test_a_list_of_more_than_a_page_is_read_whole(sandbox: Sandbox) -> None:
    zone = ZONES["main"][0]
    many = tuple(
        Application(make_id("many", number), f"app{number}.{zone.name}", idle=Minutes() if number % 2 else None)
        for number in range(250)
    )
    sandbox.reset(world().with_zone(replace(zone, applications=many)))
    sandbox.run("2026-11-23T10:01:00Z")
    assert asked_for(sandbox, Call.APPLICATIONS) == 3 + len(SOURCES["main"]) - 1
    sandbox.run("2026-11-23T10:02:00Z")
    (line, *_) = sandbox.rows("2026-11-23T10:01")
    names = {app["app_id"]: (app["app_name"], app["protocol"]) for app in line["apps"]}
    assert names == {app.id: (app.dns_name, app.protocol) for app in many}


def test_a_new_application_has_its_name_before_its_series_starts(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="edge")
    zone = ZONES["edge"][0]
    new = Application(make_id("new"), f"new.{zone.name}", exists=Minutes.between("2026-11-23 10:01", None))
    sandbox.cloudflare.world = world().with_zone(replace(zone, applications=(*zone.applications, new)))
    for minute in ("2026-11-23T10:01", "2026-11-23T10:02"):
        assert sandbox.run(f"{minute[:-1]}{int(minute[-1]) + 1}:00Z", source="edge").ok
        assert_whole(sandbox, minute, "edge")
        labels = {names[1] for names in series(sandbox, minute) if names[0] == zone.name and len(names) > 1}
        assert labels == {f"{app.dns_name} {app.protocol}" for app in (*zone.applications, new)}


def test_the_zeros_of_an_application_end_when_it_has_gone_from_the_list(sandbox: Sandbox) -> None:
    zone = ZONES["main"][1]
    idle = zone.applications[-1]
    gone = replace(zone, applications=zone.applications[:-1])
    names = {"Zone": zone.name, "Application": f"{idle.dns_name} {idle.protocol}"}
    for minute in (1, 2):
        sandbox.run(f"2026-11-23T10:0{minute}:00Z")
    assert [datum.sum for datum in sandbox.traffic("BytesIngress", "2026-11-23T10:01", **names)] == [0]
    sandbox.cloudflare.world = world().with_zone(gone)
    # The list is read again after an hour, a few zones a minute.
    for moment in ("2026-11-23T11:02:00Z", "2026-11-23T11:03:00Z", "2026-11-23T11:04:00Z"):
        sandbox.run(moment)
    line = sandbox.rows("2026-11-23T11:03")[1]
    assert {app["app_id"] for app in line["apps"]} == {app.id for app in gone.applications}
    assert sandbox.traffic("BytesIngress", "2026-11-23T11:03", **names) == []


def test_names_are_read_again_after_an_hour_a_zone_a_minute(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:00:00Z")
    spent = []
    for minute in range(1, 6):
        before = asked_for(sandbox, Call.APPLICATIONS)
        assert sandbox.run(f"2026-11-23T11:0{minute}:00Z").ok
        spent.append(asked_for(sandbox, Call.APPLICATIONS) - before)
    assert spent == [1, 1, 1, 0, 0]
    ages = [datum.sum for datum in sandbox.health("CatalogAge")]
    assert ages[2] > 3600 > ages[3]


def test_equal_names_are_told_apart_by_id_and_unlike_ones_are_unlike_series(sandbox: Sandbox) -> None:
    zone = ZONES["main"][0]
    dns_names = ("same.例え.jp", "same.例え.jp", "same.日本.jp")
    apps = tuple(
        replace(app, dns_name=dns_name, protocol="tcp/22")
        for app, dns_name in zip(zone.applications, dns_names, strict=False)
    )
    sandbox.reset(world().with_zone(replace(zone, applications=apps)))
    sandbox.run("2026-11-23T10:01:00Z")
    by_label = {
        names["Application"]: datum.sum
        for each, datum in sandbox.all_traffic()
        if each.name == "BytesIngress" and (names := dict(each.dimensions)).get("Zone") == zone.name and len(names) > 1
    }
    one, two, three = (app.id for app in apps)
    true = sandbox.cloudflare.usage(zone.id, "2026-11-23T10:00")
    assert by_label == {
        f"same.xn--r8jz45g.jp tcp/22 ({one[:6]})": true[one].bytes_ingress,
        f"same.xn--r8jz45g.jp tcp/22 ({two[:6]})": true[two].bytes_ingress,
        "same.xn--wgv71a.jp tcp/22": true[three].bytes_ingress,
    }


def test_the_cap_keeps_the_same_applications_whatever_their_traffic(sandbox: Sandbox) -> None:
    kept = []
    for minute in ("2026-11-23T10:00", "2026-11-23T10:01", "2026-11-23T14:30", "2026-11-23T14:31"):
        moment = instant(minute) + timedelta(minutes=1)
        invocation = sandbox.run(f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        dropped = [line["applications"] for line in sandbox.logged(invocation) if "applications" in line]
        assert [datum.sum for datum in sandbox.health("MetricsDropped", minute)] == [8]
        kept.append({names for names in series(sandbox, minute) if len(names) > 1})
        assert_whole(sandbox, minute)
        if invocation.cold:
            last = sorted(ZONES["main"][2].applications, key=lambda app: app.id)[2:]
            assert dropped[-1] == [f"{ZONES['main'][2].name}/{app.dns_name} {app.protocol}" for app in last]
        if minute == "2026-11-23T10:01":
            sandbox.function.recycle()
    # In the first minute the application that Cloudflare leaves out is not known yet.
    assert kept[0] < kept[1] == kept[2] == kept[3]
    assert len(kept[1]) == METRIC_LIMIT // 4
    for zone in SOURCES["main"]:
        whole = points(readings(sandbox.cloudflare, zone, "2026-11-23T14:30").values(), ("Zone", zone.zone.name))
        assert whole.items() <= published(sandbox, "2026-11-23T14:30").items()


def test_a_zone_by_colos_has_a_series_for_each_and_their_sum(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="edge")
    polled = SOURCES["edge"][0]
    found = {names for names in series(sandbox, "2026-11-23T10:00") if names[0] == polled.zone.name}
    apps = {f"{app.dns_name} {app.protocol}" for app in polled.zone.applications}
    assert found == {(polled.zone.name,), *((polled.zone.name, app, colo) for app in apps for colo in polled.colos)}
    by_colo = [readings(sandbox.cloudflare, polled, "2026-11-23T10:00", colo) for colo in polled.colos]
    (whole,) = sandbox.traffic("BytesEgress", "2026-11-23T10:00", Zone=polled.zone.name)
    assert whole.sum == sum(reading.bytes_egress for measured in by_colo for reading in measured.values())


def test_a_zone_by_colos_of_which_not_all_answered_has_no_sum(sandbox: Sandbox) -> None:
    """Half of a zone looks like a number."""
    sandbox.run("2026-11-23T10:00:00Z", source="edge")
    polled = SOURCES["edge"][0]
    sandbox.cloudflare.faults.add(Fault("http_418_json", zone=polled.zone.id, probability=0.5))
    failed = set()
    for number in range(8):
        assert sandbox.run(f"2026-11-23T10:0{number + 1}:00Z", source="edge").ok
        minute = f"2026-11-23T10:0{number}"
        good = {colo for (_, colo), line in by_request(sandbox.rows(minute, "edge")).items() if colo and line["apps"]}
        failed.add(len(polled.colos) - len(good))
        found = {names for names in series(sandbox, minute) if names[0] == polled.zone.name}
        assert {names[2] for names in found if len(names) > 1} == good
        assert ((polled.zone.name,) in found) is (good == set(polled.colos))
        assert published(sandbox, minute).items() <= expected(sandbox, minute, "edge").items()
    assert {0, 1} <= failed

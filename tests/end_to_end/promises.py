"""What holds after every test, whatever it did: nothing secret got out, nothing is twice, nothing was cut."""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from contract.metrics import METRICS, TRAFFIC_NAMESPACE
from tests.sandbox.aws.double import TESTER
from tests.sandbox.aws.roles import policy_of
from tests.sandbox.sandbox import Sandbox

_SHORTEST = 8
"""Characters: less than this is no secret, and would be found anywhere."""


def check(sandbox: Sandbox) -> None:
    """Hold everything that the sandbox has seen since its last reset against the promises."""
    no_secret_got_out(sandbox)
    the_log_is_whole(sandbox)
    only_declared_metrics_are_there(sandbox)
    nothing_is_there_twice(sandbox)
    only_granted_calls_were_made(sandbox)
    assert sandbox.cloudflare.violations == []


def no_secret_got_out(sandbox: Sandbox) -> None:
    """Neither whole nor half: not to AWS (S3, metrics, queues, log), not into an answer, not into a URL."""
    invocations = (*sandbox.invocations, *sandbox.compactions)
    said = [line for invocation in invocations for line in invocation.log]
    said += [json.dumps(invocation.outcome.payload) for invocation in invocations]
    said += [f"{asked.path}?{asked.query}" for asked in sandbox.cloudflare.requests]
    for secret in _halves(_secrets(sandbox)):
        assert not [text for text in said if secret in text]
        found = [found.exchange.label for found in sandbox.aws.transcript.find(secret)]
        assert [label for label in found if not label.startswith("secretsmanager ")] == []
    for key in sandbox.keys(""):
        for reading in readings(sandbox.body(key)):
            assert not any(secret.encode() in reading for secret in _halves(_secrets(sandbox))), key


def readings(body: bytes) -> Iterator[bytes]:
    """An object as it is, and unpacked if it can be: a test may have put anything there."""
    yield body
    with suppress(OSError, EOFError, zlib.error):
        yield gzip.decompress(body)


def _secrets(sandbox: Sandbox) -> Iterator[str]:
    """Everything that was ever put into a secret, and every credential that Cloudflare knows."""
    for text in sandbox.secret_texts:
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        fields = value.items() if isinstance(value, dict) else [("token", text.strip())]
        yield from (part for name, part in fields if name != "email" and isinstance(part, str))
    yield from (token.secret for token in sandbox.cloudflare.world.tokens)
    yield from (key.key for key in sandbox.cloudflare.world.keys)


def _halves(secrets: Iterator[str]) -> set[str]:
    """Two halves of each: a text that was cut may hold only one."""
    parts = {half for secret in secrets for half in (secret[: len(secret) // 2], secret[len(secret) // 2 :])}
    return {part for part in parts if len(part) >= _SHORTEST}


def the_log_is_whole(sandbox: Sandbox) -> None:
    """No line was cut, and CloudWatch took every embedded metric."""
    assert sandbox.violations == []
    assert sandbox.extraction.malformed == []


def only_declared_metrics_are_there(sandbox: Sandbox) -> None:
    """Namespace, name, unit and dimensions of every datum stand in contract.metrics."""
    declared = {
        (metric.namespace, metric.name, metric.unit, frozenset(dimensions))
        for metric in METRICS
        for dimensions in metric.dimensions
    }
    assert set(emitted(sandbox)) <= declared


def emitted(sandbox: Sandbox) -> Iterator[tuple[str, str, str | None, frozenset[str]]]:
    """Namespace, name, unit and dimension names of every datum in CloudWatch."""
    for namespace in sandbox.aws.metrics.namespaces():
        for series, datum in sandbox.aws.metrics.all(namespace):
            yield namespace, series.name, datum.unit, frozenset(name for name, _ in series.dimensions)


def nothing_is_there_twice(sandbox: Sandbox) -> None:
    """At most one datum for each traffic series and minute, and one Published for each source and minute."""
    traffic = Counter((series, datum.timestamp) for series, datum in sandbox.aws.metrics.all(TRAFFIC_NAMESPACE))
    assert [point for point, count in traffic.items() if count > 1] == []
    marked = Counter(
        (series, datum.timestamp)
        for namespace in sandbox.aws.metrics.namespaces()
        for series, datum in sandbox.aws.metrics.all(namespace)
        if series.name == "Published"
    )
    assert [point for point, count in marked.items() if count > 1] == []


def only_granted_calls_were_made(sandbox: Sandbox) -> None:
    """Whatever was not called by the test was called by a function's role, and its own deployed policy allows it."""
    calls = [call for call in sandbox.aws.calls if call.caller != TESTER]
    policies = {operation.role: policy_of(operation.role) for operation in (sandbox.collecting, sandbox.compacting)}
    assert {call.role for call in calls} <= policies.keys()
    assert [call for call in calls if call.role and not policies[call.role].allows(call.request)] == []

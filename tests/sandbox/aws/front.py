"""Stands in front of moto: reads each request as an AWS call, records it, and lets scripted faults strike."""

import logging
import socket
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import Any, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.test import run_wsgi_app

from tests.sandbox.aws.actions import key_of, may_list, request_of
from tests.sandbox.aws.answers import Answer, error_answer, error_code
from tests.sandbox.aws.backstage import ACCOUNT
from tests.sandbox.aws.calls import Call, CallLog
from tests.sandbox.aws.faults import Fault, Faults
from tests.sandbox.aws.incoming import Incoming, read_request
from tests.sandbox.aws.roles import policy_of
from tests.sandbox.aws.transcript import Exchange, Transcript

_LOG: Final = logging.getLogger(__name__)


_QUERY_ERRORS: Final = frozenset({"s3", "cloudwatch", "sqs", "sns", "iam", "sts", "cloudformation"})
"""Services whose refusals keep the code of their XML days."""


class _NoAnswerError(ConnectionAbortedError):
    """The connection is cut; werkzeug closes it without a word."""


class Front:
    """A WSGI application with moto behind it."""

    def __init__(self, calls: CallLog, faults: Faults, transcript: Transcript) -> None:
        self._calls = calls
        self._faults = faults
        self._transcript = transcript
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._s3_writes = Lock()
        """One S3 write at a time: moto looks for the key and stores it in two steps, S3 in one."""
        self.roles: dict[str, str] = {}
        """Which access key id belongs to which role."""
        self.failures: list[str] = []
        """Calls that the stand-in itself could not carry out."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        incoming = read_request(environ)
        call = self._call(incoming)
        fault, release = self._faults.strike(call)
        call = replace(call, fault=fault.kind if fault else "")
        self._calls.record(call)
        try:
            answer = self._answer(environ, incoming, call, fault, release)
        except Exception as error:
            answer = self._stand_in_failed(incoming, call, error)
        self._finish(incoming, call, answer)
        if answer is None:
            with suppress(OSError):  # the client may have gone before
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise _NoAnswerError(f"{call.service} {call.operation}: {call.fault}")
        # Not as a werkzeug Response, which would count the bytes of a HEAD's body.
        start_response(f"{answer.status} {HTTP_STATUS_CODES.get(answer.status, 'Unknown')}", list(answer.headers))
        return [answer.body]

    def _call(self, incoming: Incoming) -> Call:
        return Call(
            number=self._calls.next_number(),
            service=incoming.service,
            operation=incoming.operation,
            key=key_of(incoming.service, incoming.parameters),
            parameters=incoming.parameters,
            caller=incoming.caller,
            role=self.roles.get(incoming.caller),
            request=request_of(incoming.service, incoming.operation, incoming.parameters),
        )

    def _answer(
        self, environ: dict[str, Any], incoming: Incoming, call: Call, fault: Fault | None, release: Any
    ) -> Answer | None:
        """The answer to send, None to cut the connection."""
        kind = fault.kind if fault else ""
        if fault is not None and kind in ("refuse", "fail"):
            return error_answer(incoming, *fault.error(), fault.message)
        if fault is not None and kind == "slow":
            release.wait(fault.seconds)
        if kind == "hang":
            release.wait()
        if kind in ("drop", "hang"):
            _meanwhile(fault)
            return None
        answer = self._refusal(incoming, call) or self._apply(environ, incoming, call)
        if fault is not None and kind == "fail_answer":
            return error_answer(incoming, *fault.error(), fault.message)
        if kind == "hang_answer":
            release.wait()
        if kind in ("drop_answer", "hang_answer"):
            _meanwhile(fault)
            return None
        return answer

    def _refusal(self, incoming: Incoming, call: Call) -> Answer | None:
        """What IAM answers a deployed role that is not granted this call."""
        if call.role is None or policy_of(call.role).allows(call.request):
            return None
        status, code = (403, "AccessDenied") if call.service in _QUERY_ERRORS else (400, "AccessDeniedException")
        who = f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{call.role}/sandbox"
        what = f"is not authorized to perform: {call.action} on resource: {', '.join(call.request.resources)}"
        return error_answer(incoming, status, code, f"{who} {what}")

    def _apply(self, environ: dict[str, Any], incoming: Incoming, call: Call) -> Answer:
        """Lets moto carry the call out."""
        if call.service == "s3" and incoming.method not in ("GET", "HEAD"):
            with self._s3_writes:
                return self._ask_moto(environ)
        answer = self._ask_moto(environ)
        if answer.status == 404 and call.role is not None and call.operation in ("GetObject", "HeadObject"):
            bucket = call.parameters["Bucket"]
            if not policy_of(call.role).allows(may_list(bucket)):
                return error_answer(incoming, 403, "AccessDenied", f"{call.role} may not list {bucket}")
        return answer

    def _ask_moto(self, environ: dict[str, Any]) -> Answer:
        body, status, headers = run_wsgi_app(self._moto, environ, buffered=True)
        return Answer(int(status.split()[0]), tuple(headers), b"".join(body))

    def _stand_in_failed(self, incoming: Incoming, call: Call, error: Exception) -> Answer:
        """A bug of the stand-in is no fault of AWS's: it is told at the end, and not retried by the client."""
        self.failures.append(f"{call.service} {call.operation}: {error!r}")
        _LOG.error("the AWS stand-in failed", exc_info=error)
        return error_answer(incoming, 400, "StandInFailed", repr(error))

    def _finish(self, incoming: Incoming, call: Call, answer: Answer | None) -> None:
        if answer is not None:
            call = replace(call, status=answer.status, error=error_code(answer))
        self._calls.record(call)
        request = _wire(f"{incoming.method} {incoming.url}", incoming.headers, incoming.body)
        response = b"" if answer is None else _wire(str(answer.status), answer.headers, answer.body)
        label = f"{call.service} {call.operation} {call.key}".rstrip()
        self._transcript.add(Exchange(call.number, label, request, response))


def _meanwhile(fault: Fault | None) -> None:
    """Whatever is to happen before the caller notices that no answer comes."""
    if fault is not None and fault.meanwhile is not None:
        fault.meanwhile()


def _wire(first: str, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\n".join(lines).encode() + b"\n\n" + body

"""AWS's own runtime client over a small bundle: what Lambda does to a function, the sandbox does too."""

import io
import json
import os
import select
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.sandbox.function.deployed import DeployedFunction
from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.environment_variables import Sandboxed
from tests.stand_ins.bundled import bundle

AT = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
REQUEST_ID = "79b5e81f-9cdd-4145-b1f6-7c50ef8a2a36"

HANDLER = """
import importlib, json, os, socket, subprocess, sys, tempfile

import jmespath

print("loading")

def handler(event, context):
    match event["do"]:
        case "answer":
            print("answering")
            print("to stderr, in ünïcode", file=sys.stderr)
            return {"event": event, "request_id": context.aws_request_id, "arn": context.invoked_function_arn}
        case "environment":
            return dict(os.environ)
        case "import":
            return importlib.import_module(event["module"]).__file__
        case "scratch":
            folder = tempfile.gettempdir()
            open(os.path.join(folder, event["file"]), "w").close()
            return [folder, sorted(os.listdir(folder))]
        case "modes":
            task = os.environ["LAMBDA_TASK_ROOT"]
            return [oct(os.stat(path).st_mode & 0o777) for path in (task, __file__)]
        case "raise":
            raise LookupError("no such zone")
        case "print":
            sys.stdout.write("x" * event["length"])
        case "exit":
            os._exit(event["status"])
        case "hang":
            pids = [os.getpid()]
            if event["child"]:
                pids.append(subprocess.Popen(["sleep", "1000"]).pid)
            meeting = socket.create_connection(("127.0.0.1", event["port"]))
            meeting.sendall(json.dumps(pids).encode())
            return meeting.recv(10).decode()
"""


DEPLOYMENT = Deployment(
    name="collector",
    arn="arn:aws:lambda:us-east-1:123456789012:function:collector",
    handler="app.handler",
    runtime="python3.13",
    timeout_s=30,
    memory_mb=256,
    variables={"BUCKET": "raw", "CLOUDFLARE_API_BASE_URL": "https://api.cloudflare.com/client/v4"},
    log_group="/spectrum/collector",
    log_format="JSON",
    application_log_level="INFO",
    system_log_level="INFO",
    code=bundle(app=HANDLER, jmespath="BUNDLED = True"),
)
SANDBOXED = Sandboxed("http://localhost:1", overrides={"CLOUDFLARE_API_BASE_URL": "http://127.0.0.1:2"})


class Meeting:
    """Where a function that hangs says so: it goes on when told to."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(20)
        self.connections: list[socket.socket] = []  # Kept: a function whose connection is closed goes on.

    def event(self, *, child: bool = False) -> str:
        """An event whose function hangs, with a child process or alone."""
        return json.dumps({"do": "hang", "port": self.listener.getsockname()[1], "child": child})

    def wait(self) -> "tuple[socket.socket, list[int]]":
        """Wait for a function; returns the connection to it, and the ids of its process and its child, if any."""
        connection, _ = self.listener.accept()
        self.connections.append(connection)
        return connection, json.loads(connection.recv(100))


@pytest.fixture(scope="module")
def function() -> Iterator[DeployedFunction]:
    with DeployedFunction(DEPLOYMENT, SANDBOXED) as function:
        yield function


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    meeting = Meeting()
    yield meeting
    for opened in (meeting.listener, *meeting.connections):
        opened.close()


def assert_ends(pid: int) -> None:
    """The process ends, or has ended, without anybody's further doing."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    readable, _, _ = select.select([descriptor], [], [], 20)
    os.close(descriptor)
    assert readable, f"process {pid} still runs"


def test_the_answer_comes_back_with_what_was_logged(function: DeployedFunction) -> None:
    invocation = function.invoke('{"do": "answer"}', AT, request_id=REQUEST_ID)
    assert invocation.ok
    assert invocation.outcome.payload == {
        "event": {"do": "answer"},
        "request_id": REQUEST_ID,
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:collector",
    }
    assert invocation.log[-2:] == ("answering", "to stderr, in ünïcode")
    assert invocation.max_memory_mb is not None
    assert 5 < invocation.max_memory_mb < 256


def test_the_first_event_is_a_cold_start_and_the_next_is_warm(function: DeployedFunction) -> None:
    function.recycle()
    first, second = function.invoke('{"do": "answer"}', AT), function.invoke('{"do": "answer"}', AT)
    assert (first.cold, second.cold) == (True, False)
    # To start Python alone takes more than the hundredth of a second in which the kernel counts.
    assert first.cpu_s
    assert second.cpu_s is not None
    assert ("loading" in first.log, "loading" in second.log) == (True, False)
    assert first.log_stream == second.log_stream
    assert first.log_stream.startswith("2026/11/22/[$LATEST]")


def test_the_environment_is_what_the_stack_and_lambda_set_and_nothing_of_this_machine(
    function: DeployedFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com")
    function.recycle()
    environment = function.invoke('{"do": "environment"}', AT).outcome.payload
    environment.pop("LC_CTYPE", None)  # Python sets it itself where the machine lacks the locale (PEP 538).
    trace = environment.pop("_X_AMZN_TRACE_ID")
    assert trace.startswith(f"Root=1-{int(AT.timestamp()):08x}-")
    made_up = {
        *("AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
        "TMPDIR",
    }
    assert environment["PYTHONPATH"] == environment["LAMBDA_RUNTIME_DIR"]
    assert {name: value for name, value in environment.items() if name not in made_up | {"PYTHONPATH"}} == {
        "BUCKET": "raw",
        "CLOUDFLARE_API_BASE_URL": "http://127.0.0.1:2",
        "AWS_ENDPOINT_URL": "http://localhost:1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "collector",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "INFO",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/spectrum/collector",
        "_HANDLER": "app.handler",
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/home/sbx_user1051",
    }
    assert made_up <= environment.keys()


def test_a_variable_that_lambda_reserves_cannot_be_deployed() -> None:
    deployment = replace(DEPLOYMENT, variables={"AWS_REGION": "us-east-2"})
    with pytest.raises(ValueError, match="collector: Lambda reserves AWS_REGION"):
        DeployedFunction(deployment, Sandboxed("http://localhost:1"))


def test_only_a_deployed_variable_can_be_overridden() -> None:
    sandboxed = Sandboxed("http://localhost:1", overrides={"BASE_URL": "http://127.0.0.1"})
    with pytest.raises(ValueError, match="collector: cannot override BASE_URL, which was not deployed"):
        DeployedFunction(DEPLOYMENT, sandboxed)


@pytest.mark.parametrize("module", ["boto3", "botocore", "s3transfer", "dateutil", "six", "urllib3"])
def test_what_lambdas_python_brings_need_not_be_bundled(function: DeployedFunction, module: str) -> None:
    assert function.invoke(json.dumps({"do": "import", "module": module}), AT).ok


@pytest.mark.parametrize("module", ["aws_lambda_powertools", "requests", "pytest", "moto"])
def test_a_package_that_is_missing_from_the_bundle_is_missing_here_too(function: DeployedFunction, module: str) -> None:
    invocation = function.invoke(json.dumps({"do": "import", "module": module}), AT)
    assert invocation.outcome.error_message == f"No module named '{module}'"


def test_a_bundled_package_wins_over_lambdas_own(function: DeployedFunction) -> None:
    path = function.invoke('{"do": "import", "module": "jmespath"}', AT).outcome.payload
    task_root = function.invoke('{"do": "environment"}', AT).outcome.payload["LAMBDA_TASK_ROOT"]
    assert path == f"{task_root}/jmespath.py"


def test_the_code_is_read_only(function: DeployedFunction) -> None:
    assert function.invoke('{"do": "modes"}', AT).outcome.payload == ["0o555", "0o444"]


def test_files_for_the_time_being_stay_with_the_process_and_go_with_it(function: DeployedFunction) -> None:
    function.recycle()
    _, first = function.invoke('{"do": "scratch", "file": "a"}', AT).outcome.payload
    folder, second = function.invoke('{"do": "scratch", "file": "b"}', AT).outcome.payload
    assert (first, second) == (["a"], ["a", "b"])
    function.recycle()
    assert not Path(folder).exists()
    other, third = function.invoke('{"do": "scratch", "file": "c"}', AT).outcome.payload
    assert third == ["c"]
    assert other != folder


def test_nothing_is_unpacked_or_started_before_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    code = bundle(app='handler = lambda event, context: "started"')
    unpacked: list[bytes] = []
    monkeypatch.setattr(ZipFile, "extractall", lambda archive, _path: unpacked.append(archive.read("app.py")))
    with DeployedFunction(replace(DEPLOYMENT, code=code), SANDBOXED) as function:
        assert (unpacked, function.environments) == ([], ())
        monkeypatch.undo()
        assert function.invoke("{}", AT).outcome.payload == "started"
        assert len(function.environments) == 1


def test_a_file_that_lambda_could_not_read_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("secret.py"), "")  # Mode 600.
    with pytest.raises(ValueError, match=r"secret\.py has mode 600 in the zip"):
        DeployedFunction(replace(DEPLOYMENT, code=buffer.getvalue()), SANDBOXED)


def test_an_exception_is_the_functions_error_and_the_process_stays_warm(function: DeployedFunction) -> None:
    invocation = function.invoke('{"do": "raise"}', AT, request_id=REQUEST_ID)
    assert (invocation.outcome.error_type, invocation.outcome.error_message) == ("LookupError", "no such zone")
    assert not invocation.killed
    logged = json.loads(invocation.log[-1])
    assert (logged["level"], logged["errorType"], logged["requestId"]) == ("ERROR", "LookupError", REQUEST_ID)
    assert not function.invoke('{"do": "answer"}', AT).cold


@pytest.mark.parametrize(
    ("handler", "error_type", "message"),
    [
        ("broken.handler", "Runtime.ImportModuleError", "Unable to import module 'broken': No module named 'absent'"),
        ("app.absent", "Runtime.HandlerNotFound", "Handler 'absent' missing on module 'app'"),
    ],
)
def test_a_bundle_that_does_not_load_fails_every_event_with_lambdas_error(
    handler: str, error_type: str, message: str
) -> None:
    deployment = replace(DEPLOYMENT, handler=handler, code=bundle(app="", broken="import absent"))
    with DeployedFunction(deployment, SANDBOXED) as function:
        for _ in range(2):
            invocation = function.invoke("{}", AT)
            assert (invocation.outcome.error_type, invocation.outcome.error_message) == (error_type, message)
            assert invocation.cold
            assert message in invocation.log[-1]


def test_output_longer_than_a_pipe_and_without_an_end_of_line_is_logged_whole(function: DeployedFunction) -> None:
    invocation = function.invoke('{"do": "print", "length": 300000}', AT)
    assert invocation.ok
    assert invocation.log[-1] == "x" * 300000


@pytest.mark.parametrize(
    ("status", "reason"),
    [(3, "Runtime exited with error: exit status 3"), (0, "Runtime exited without providing a reason")],
)
def test_a_process_that_exits_is_an_error_and_the_next_start_is_cold(
    function: DeployedFunction, status: int, reason: str
) -> None:
    invocation = function.invoke(json.dumps({"do": "exit", "status": status}), AT, request_id=REQUEST_ID)
    assert invocation.killed
    assert invocation.outcome.payload == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {REQUEST_ID} Error: {reason}",
    }
    assert function.invoke('{"do": "answer"}', AT).cold


def test_at_the_deployed_timeout_the_process_and_its_children_are_killed(meeting: Meeting) -> None:
    with DeployedFunction(replace(DEPLOYMENT, timeout_s=0.5), SANDBOXED) as function:
        invocation = function.invoke(meeting.event(child=True), AT, request_id=REQUEST_ID)
        assert invocation.timed_out
        assert invocation.outcome.payload == {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"RequestId: {REQUEST_ID} Error: Task timed out after 0.50 seconds",
        }
        assert invocation.duration_ms >= 500
        for pid in meeting.wait()[1]:
            assert_ends(pid)
        assert function.invoke('{"do": "answer"}', AT).cold


def test_a_function_can_be_killed_at_a_chosen_moment(function: DeployedFunction, meeting: Meeting) -> None:
    with ThreadPoolExecutor() as threads:
        running = threads.submit(function.invoke, meeting.event(), AT, request_id=REQUEST_ID)
        meeting.wait()
        function.kill()
        invocation = running.result()
    assert invocation.killed
    expected = f"RequestId: {REQUEST_ID} Error: Runtime exited with error: signal: killed"
    assert invocation.outcome.error_message == expected
    assert function.invoke('{"do": "answer"}', AT).cold


def test_overlapping_events_run_in_environments_of_their_own(function: DeployedFunction, meeting: Meeting) -> None:
    with ThreadPoolExecutor() as threads:
        running = [threads.submit(function.invoke, meeting.event(), AT) for _ in range(2)]
        (first, first_pids), (second, second_pids) = meeting.wait(), meeting.wait()
        first.sendall(b"go on")
        second.sendall(b"go on")
        invocations = [future.result() for future in running]
    assert [invocation.outcome.payload for invocation in invocations] == ["go on", "go on"]
    assert len({invocation.log_stream for invocation in invocations}) == 2
    assert set(first_pids).isdisjoint(second_pids)
    assert len(function.environments) == 2


def test_nothing_outlives_the_block(meeting: Meeting) -> None:
    with ThreadPoolExecutor() as threads, DeployedFunction(DEPLOYMENT, SANDBOXED) as function:
        running = threads.submit(function.invoke, meeting.event(child=True), AT)
        _, pids = meeting.wait()
        function.close()
        assert running.result().killed
    for pid in pids:
        assert_ends(pid)


def start_sandbox(meeting: Meeting, temporary: Path) -> "subprocess.Popen[bytes]":
    """A process of its own that has invoked the function."""
    program = (
        "from tests.stand_ins.test_function_deployed import AT, DEPLOYMENT, SANDBOXED, DeployedFunction\n"
        f"DeployedFunction(DEPLOYMENT, SANDBOXED).invoke({meeting.event()!r}, AT)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_sandbox_that_is_stopped_takes_its_processes_along(
    meeting: Meeting, tmp_path: Path, by: signal.Signals
) -> None:
    sandbox = start_sandbox(meeting, tmp_path)
    _, (pid,) = meeting.wait()
    sandbox.send_signal(by)
    assert sandbox.wait(20) != 0
    assert_ends(pid)


def test_ctrl_c_leaves_no_file_behind(meeting: Meeting, tmp_path: Path) -> None:
    sandbox = start_sandbox(meeting, tmp_path)
    meeting.wait()
    assert list(tmp_path.iterdir()) != []
    sandbox.send_signal(signal.SIGINT)
    sandbox.wait(20)
    assert list(tmp_path.iterdir()) == []

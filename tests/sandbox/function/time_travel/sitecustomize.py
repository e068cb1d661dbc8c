"""Runs in the function's process before anything of the bundle: sets its clock, and ties its life to the sandbox's.

Python imports a module of this name from PYTHONPATH by itself, so neither the bundle nor AWS's runtime client knows.
The clock stands still at the first event's time while the bundle is imported. With every event it jumps to that event's
time and ticks on. `time.monotonic` is left alone: time-outs stay real.
"""

import ctypes
import os
import signal
import time
import traceback

import time_machine
from awslambdaric.lambda_runtime_client import (  # type: ignore[import-untyped]
    InvocationRequest,
    LambdaRuntimeClient,
)

_PR_SET_PDEATHSIG = 1


def _die_with(parent: int) -> None:
    """Let the kernel kill this process when the sandbox ends, however it ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # It ended before the line above.
        os._exit(1)


def _travel(starts_at: float, timeout_s: float) -> None:
    """Set the clock now and at every event, whose deadline is its time plus the function's timeout."""
    clock = time_machine.travel(starts_at, tick=False).start()
    wait_for_event = LambdaRuntimeClient.wait_next_invocation

    def wait_and_travel(client: LambdaRuntimeClient) -> InvocationRequest:
        request = wait_for_event(client)
        clock.move_to(request.deadline_time_in_ms / 1000 - timeout_s, tick=True)
        time.time()  # time-machine's clock starts to tick when it is first read.
        return request

    LambdaRuntimeClient.wait_next_invocation = wait_and_travel


try:
    # Taken out of the environment, so that the function sees only what Lambda and the stack set.
    _die_with(int(os.environ.pop("SANDBOX_PARENT")))
    _travel(float(os.environ.pop("SANDBOX_STARTS_AT")), float(os.environ.pop("SANDBOX_TIMEOUT_S")))
except Exception:  # Python itself would only warn, and run the function at the machine's time.
    traceback.print_exc()
    os._exit(1)

"""The simulated Cloudflare as one object: its world, its script of faults, its record, and its address."""

import socket
import threading
import time
from functools import partial
from types import TracebackType
from typing import Self

from .answers import Answer, ServedKey, refusing, reply
from .api import Api, Clock, machine_clock
from .calls import BASE_PATH, Exchange, Request, circumstances
from .faults import Fault, Faults
from .kinds import KINDS
from .listener import Listener
from .minutes import When, instant, minute_of
from .record import Asked, Record
from .refusals import Problem, Refusal
from .schema import objections
from .traffic import Reading, Traffic
from .truth import usage
from .wire import Wire
from .world import World

_BROKEN = Refusal(599, (Problem(1599, "the stand-in failed; see its `violations`"),))


class Cloudflare:
    """The simulated Cloudflare. Start it, or use it as a context; then turn its knobs while it runs.

    `api` holds what may vary in Cloudflare's answers (`api.unknown_token`, `api.rate_limit`, ...), `faults` the script
    of what goes wrong. With `validate`, every undisturbed answer is held against openapi.json; closing then raises
    AssertionError if one did not stand it.
    """

    def __init__(
        self, world: World, *, clock: Clock = machine_clock, seed: int = 0, validate: bool = True, latency_s: float = 0
    ) -> None:
        self.api = Api(world, Traffic(seed), clock)
        self.faults = Faults(KINDS, seed)
        self.record = Record()
        self.latency_s = latency_s
        """How long every answer takes at least, in real seconds."""
        self.violations: list[str] = []
        """Answers that Cloudflare's schema does not allow, and failures of the stand-in itself."""
        self._validate = validate
        self._released = threading.Event()
        self._lock = threading.Lock()
        self._at_once = 0
        self._listener: Listener | None = None

    @property
    def world(self) -> World:
        """What exists. Set it to change it: `cloudflare.world = cloudflare.world.revoked(token, at)`."""
        return self.api.world

    @world.setter
    def world(self, world: World) -> None:
        self.api.world = world

    @property
    def clock(self) -> Clock:
        """Tells the simulated time; set it to a callable that returns an aware datetime."""
        return self.api.clock

    @clock.setter
    def clock(self, clock: Clock) -> None:
        self.api.clock = clock

    @property
    def base_url(self) -> str:
        """What CLOUDFLARE_API_BASE_URL has to be. Raises RuntimeError before `start`."""
        if self._listener is None:
            raise RuntimeError("the simulated Cloudflare is not running: call start(), or use it in a with statement")
        return f"http://127.0.0.1:{self._listener.port}{BASE_PATH}"

    @property
    def requests(self) -> tuple[Asked, ...]:
        """All requests so far, in the order in which they were answered."""
        return self.record.requests

    @property
    def served(self) -> dict[ServedKey, Reading]:
        """The numbers that went out whole and true."""
        return self.record.served

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._listener.connections) if self._listener else 0

    def usage(
        self, zone_id: str, minute: When, colo: str | None = None, app_ids: frozenset[str] | None = None
    ) -> dict[str, Reading]:
        """What is true of a zone in a minute, asked or not: readings by application. KeyError for an unknown zone."""
        zone = self.world.zone(zone_id)
        if zone is None:
            raise KeyError(zone_id)
        return usage(self.api.traffic, zone, minute_of(minute), colo=colo, app_ids=app_ids)

    def release(self) -> None:
        """Lets everything that hangs go on, now and from now on."""
        self._released.set()

    def start(self) -> Self:
        """Begins to serve."""
        self._listener = Listener(self)
        self._listener.start()
        return self

    def close(self) -> None:
        """Ends every connection and stops serving. Raises AssertionError if the stand-in itself went wrong."""
        if self._listener is not None:
            self._listener.close()
        if self.violations:
            raise AssertionError("the simulated Cloudflare misbehaved:\n" + "\n".join(self.violations))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        try:
            self.close()
        except AssertionError as violation:
            if error is None:
                raise
            error.add_note(str(violation))

    def respond(self, connection: socket.socket, request: Request) -> bool:
        """Answers a request on its connection, and says whether another may follow."""
        came = time.monotonic()
        with self._lock:
            self._at_once += 1
            at_once = self._at_once
        exchange, answer, fault = self._answer(request)
        self.record.asked(Asked.of(exchange, came, answer.status, fault.kind if fault else None, at_once))
        wire = Wire(connection, self._released, partial(self._sending, answer))
        try:
            wire.wait(self.latency_s)
            return answer.deliver(wire, reply(answer, exchange))
        except OSError:
            if wire.sending:
                self.record.not_served(answer.readings)
            return False
        except Exception as error:
            self._misbehaved(request, error)
            return False
        finally:
            if not wire.sending:
                self._no_longer_at_once()

    def _sending(self, answer: Answer) -> None:
        self.record.serving(answer.readings)
        self._no_longer_at_once()

    def _no_longer_at_once(self) -> None:
        with self._lock:
            self._at_once -= 1

    def _answer(self, request: Request) -> tuple[Exchange, Answer, Fault | None]:
        exchange = circumstances(request, machine_clock())
        try:
            exchange = circumstances(request, instant(self.clock()))
            answer, fault = self.faults.disturb(self.api.answer(exchange), exchange)
            if self._validate and fault is None and exchange.call is not None:
                found = objections(exchange.call, answer.status, answer.document)
                self.violations.extend(f"{request.target}: {objection}" for objection in found)
        except Exception as error:
            self._misbehaved(request, error)
            return exchange, refusing(_BROKEN), None
        if answer.bad_credential:
            self.api.failed_authentication(exchange)
        return exchange, answer, fault

    def _misbehaved(self, request: Request, error: Exception) -> None:
        self.violations.append(f"{request.target}: {type(error).__name__}: {error}")

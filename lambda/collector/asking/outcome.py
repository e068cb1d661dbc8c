"""What became of the requests of a minute, and what the next minute should know of it."""

from dataclasses import dataclass

from collector.cloudflare.attempt import Attempt
from collector.secret import Credential
from collector.sources import Request
from contract.raw import Reason


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one request: the last attempt, or why there was none."""

    request: Request
    attempts: int
    last: Attempt | None
    reason: Reason | None
    """None: collected."""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """What a run leaves for the next one in the same process."""

    good: bool = False
    credential: Credential | None = None
    """The credential that worked."""
    failed: frozenset[Request] = frozenset()
    refused: Credential | None = None
    """The credential that was refused wherever it was tried: one request a minute shows whether it still is."""


@dataclass(frozen=True, slots=True)
class RoundResult:
    """All outcomes, in configured order."""

    asked: tuple[Asked, ...]
    memory: Memory
    credential: Credential | None
    refused: bool
    """Cloudflare refused the credential."""
    quiet: bool
    """Nothing more may be sent in this run: limited, refused, or out of time."""

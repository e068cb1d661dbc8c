"""Every kind of fault, by name: the registry that a test can be parametrised over."""

from . import (
    body_faults,
    echo_faults,
    edge_faults,
    envelope_faults,
    framing_faults,
    limit_faults,
    list_faults,
    refusal_faults,
    row_faults,
    wire_faults,
)
from .faults import Kind, catalogue

KINDS: dict[str, Kind] = catalogue(
    refusal_faults.KINDS,
    edge_faults.KINDS,
    envelope_faults.KINDS,
    row_faults.KINDS,
    body_faults.KINDS,
    wire_faults.KINDS,
    framing_faults.KINDS,
    limit_faults.KINDS,
    list_faults.KINDS,
    echo_faults.KINDS,
)

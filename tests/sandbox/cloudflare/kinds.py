"""Every kind of fault, by name: the registry that a test can be parametrised over."""

from . import body_faults, edge_faults, envelope_faults, refusal_faults, row_faults, wire_faults
from .faults import Kind, catalogue

KINDS: dict[str, Kind] = catalogue(
    refusal_faults.KINDS,
    edge_faults.KINDS,
    envelope_faults.KINDS,
    row_faults.KINDS,
    body_faults.KINDS,
    wire_faults.KINDS,
)

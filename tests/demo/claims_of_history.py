"""Claims about the lake: the closed day is compacted whole, and what Athena adds up is what was served."""

from contract.lake import HISTORIES
from tests.demo.claim import Claim, differences
from tests.demo.evidence import Evidence


def athena_sums_what_was_served(evidence: Evidence) -> Claim:
    """The view gives every row once: those of the closed day from history, those of the open one from raw."""
    readings = evidence.served.values()
    served = {
        "rows": float(len(readings)),
        "bytes in": float(sum(reading.bytes_ingress for reading in readings)),
        "bytes out": float(sum(reading.bytes_egress for reading in readings)),
        "connections": float(sum(reading.connections for reading in readings)),
    }
    found = dict(zip(served, evidence.volume, strict=True))
    text = "Athena's sums over both days are what Cloudflare served"
    return Claim(
        text, f"{found['rows']:,.0f} rows, {found['bytes out']:,.0f} bytes out", tuple(differences(found, served))
    )


def the_closed_day_is_one_object_a_table(evidence: Evidence) -> Claim:
    """Every row of the first day is in its history object, and nothing else lies under `history/`."""
    day = evidence.night.begin.date()
    expected = {
        (line.minute, line.zone, app["app_id"])
        for line in evidence.lines
        for app in line.row["apps"]
        if line.minute < evidence.night.midnight
    }
    objections = [
        *(f"{key} is not in history" for key in sorted(expected - evidence.history)),
        *(f"{key} is in history alone" for key in sorted(evidence.history - expected)),
        *differences(
            dict.fromkeys(evidence.history_objects, "there"),
            {history.key(day): "there" for history in HISTORIES},
        ),
    ]
    text = f"The closed day is one object a table: {day}"
    return Claim(text, f"{len(evidence.history):,} rows", tuple(objections))

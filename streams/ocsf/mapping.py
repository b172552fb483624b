"""The mapping table: one row an event type, with the reason for its class. `python -m streams.ocsf mapping` prints it.

A type without a row is exported as Base Event with its fields unmapped, so that nothing disappears.
"""

from __future__ import annotations

import json

from schemas.event import Envelope, encode
from streams.ocsf import access, classes, entity, finding, remediation, state, traffic, vulnerability, work
from streams.ocsf.objects import Object
from streams.ocsf.row import INFORMATIONAL, Row, Shape


def unmapped(envelope: Envelope) -> Object:
    """An event OCSF has no class for: its fields as they are."""
    return {"unmapped": json.loads(encode(envelope))}


BASE = Shape(classes.BASE, unmapped)
WITHOUT_CLASS = {
    "cut_off.noted.v1": BASE.row("Other", INFORMATIONAL, "a note of a decision, which is exported itself"),
    "verdict.learned.v1": BASE.row("Other", INFORMATIONAL, "OCSF has no class for what a detector is taught"),
    "roll_back.asked.v1": BASE.row("Other", INFORMATIONAL, "OCSF has no class for what a detector unlearns"),
    "share.verdict.v1": BASE.row("Other", INFORMATIONAL, "a verdict handed on, which is exported itself"),
    "gate.judged.v1": BASE.row("Other", INFORMATIONAL, "OCSF has no class for a verdict on a rollout"),
    "rollout.defined.v1": BASE.row("Other", INFORMATIONAL, "OCSF has no class for a rollout"),
    "rollout.device_assigned.v1": BASE.row("Other", INFORMATIONAL, "OCSF has no class for a rollout"),
    "rollout.stage_started.v1": BASE.row("Other", INFORMATIONAL, "OCSF has no class for a rollout"),
    "rollout.stage_finished.v1": BASE.row("Other", INFORMATIONAL, "OCSF has no class for a rollout"),
}
# In the order in which their topics are exported.
TABLE: dict[str, Row] = {
    **access.ROWS,
    **traffic.ROWS,
    **state.ROWS,
    **entity.ROWS,
    **finding.ROWS,
    **work.ROWS,
    **remediation.ROWS,
    **WITHOUT_CLASS,
    **vulnerability.ROWS,
}
UNMAPPED = BASE.row("Other", INFORMATIONAL, "about the platform itself, not about a device")


def row_of(type_name: str) -> Row:
    """How a type is exported."""
    return TABLE.get(type_name, UNMAPPED)

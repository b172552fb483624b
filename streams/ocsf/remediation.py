"""Cutting a device off and letting it back in, in OCSF: what was decided and what really happened."""

from __future__ import annotations

from schemas.event import Envelope
from streams.ocsf import classes, objects
from streams.ocsf.objects import Object, said
from streams.ocsf.row import FAILURE, INFORMATIONAL, MEDIUM, SUCCESS, By, Row, Shape


def remediation(envelope: Envelope) -> Object:
    """What is to happen to a credential, and each measured step of it, under the decision's id."""
    alert = said(envelope, "alert")
    return {
        "command_uid": said(envelope, "decision") or envelope.id,
        "device": objects.device(envelope),
        "status_detail": said(envelope, "step") or said(envelope, "reason"),
        "remediation": {"desc": f"{said(envelope, 'action')} the device's credential"},
        "unmapped": objects.without_empty({"alert": alert, "policy": said(envelope, "policy")}),
    }


REMEDIATION = Shape(classes.REMEDIATION, remediation)
ACTION = By(
    "action", {"hold": "Isolate", "restrict": "Isolate", "revoke": "Evict", "reinstate": "Restore"}, "Other"
)
ROWS: dict[str, Row] = {
    "credential.decided.v1": REMEDIATION.row(
        ACTION, MEDIUM, "a countermeasure: isolate, evict or restore (D3FEND)"
    ),
    "enforcement.recorded.v1": REMEDIATION.row(
        ACTION,
        INFORMATIONAL,
        "the same countermeasure, as it really happened",
        By("step", {"failed": FAILURE, "decided": classes.OTHER}, SUCCESS),
    ),
}

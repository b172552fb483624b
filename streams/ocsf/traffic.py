"""Network traffic in OCSF: flows that are over, and those a policy does not allow."""

from __future__ import annotations

from schemas.event import Envelope
from streams.ocsf import classes, objects
from streams.ocsf.objects import Object, said
from streams.ocsf.row import FAILURE, INFORMATIONAL, MEDIUM, SUCCESS, By, Row, Shape


def flow(envelope: Envelope) -> Object:
    """A flow that the device's policy does not allow."""
    sent, received = said(envelope, "bytes_sent"), said(envelope, "bytes_received")
    return {
        **_ends(envelope),
        "traffic": {"bytes_out": sent, "bytes_in": received, "bytes": sent + received},
        "policy": {"name": said(envelope, "policy")},
        "disposition_id": 2 if said(envelope, "outcome") == "blocked" else 1,
    }


def closed_flow(envelope: Envelope) -> Object:
    """A flow that is over; numbers nobody counted are left out."""
    duration_s = said(envelope, "duration_s")
    traffic = {
        f"{counted}_{way}": said(envelope, f"{counted}_{name}")
        for counted in ("bytes", "packets")
        for way, name in (("out", "sent"), ("in", "received"))
    }
    return {
        **_ends(envelope),
        "traffic": objects.without_empty(traffic),
        "app_name": said(envelope, "service"),
        "duration": None if duration_s is None else round(duration_s * 1000),
        "status_detail": said(envelope, "state"),
    }


def _ends(envelope: Envelope) -> Object:
    """The device and its peer, in the direction the flow was opened."""
    peer = {**objects.endpoint(said(envelope, "peer"))}
    own, outbound = objects.device_endpoint(envelope), said(envelope, "direction") == "outbound"
    (peer if outbound else own).update(objects.without_empty({"port": said(envelope, "port")}))
    return {
        "src_endpoint": own if outbound else peer,
        "dst_endpoint": peer if outbound else own,
        "connection_info": {
            "protocol_name": said(envelope, "protocol"),
            "direction": "Outbound" if outbound else "Inbound",
            "direction_id": 2 if outbound else 1,
        },
    }


OUTCOME = By("outcome", {"blocked": "Refuse", "allowed": "Traffic"}, "Other")
# Zeek's name for how a connection ended.
ENDED = By(
    "state",
    {
        "S0": "Fail",
        "SH": "Fail",
        "REJ": "Refuse",
        "RSTO": "Reset",
        "RSTR": "Reset",
        "RSTOS0": "Reset",
        "RSTRH": "Reset",
    },
    "Close",
)
ROWS: dict[str, Row] = {
    "network_policy.violated.v1": Shape(classes.NETWORK, flow).row(
        OUTCOME,
        MEDIUM,
        "a flow, refused or let through",
        By("outcome", {"blocked": FAILURE, "allowed": SUCCESS}, classes.OTHER),
    ),
    "network_flow.closed.v1": Shape(classes.NETWORK, closed_flow).row(
        ENDED, INFORMATIONAL, "a flow that is over, by how it ended"
    ),
}

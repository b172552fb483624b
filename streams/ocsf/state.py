"""The state of a device in OCSF: what it is, which setting of it changed, which firmware comes onto it."""

from __future__ import annotations

from schemas.event import Envelope
from streams.ocsf import classes, objects
from streams.ocsf.objects import Object, said
from streams.ocsf.row import FAILURE, INFORMATIONAL, MEDIUM, SUCCESS, By, Row, Shape


def state(envelope: Envelope) -> Object:
    """What state the device is in, or which setting of it changed."""
    setting = said(envelope, "setting") or said(envelope, "port") or said(envelope, "component")
    return {
        "device": objects.device(envelope),
        "status_detail": setting,
        "actor": {"user": objects.user(said(envelope, "account"))} if said(envelope, "account") else {},
    }


def port_state(envelope: Envelope) -> Object:
    """A debug port of the device is usable, or no longer."""
    return {**state(envelope), "state_id": 2 if envelope.type == "debug_port.opened.v1" else 1}


def application(envelope: Envelope) -> Object:
    """A firmware on its way onto the device."""
    return {
        "app": {**objects.product(), "name": "firmware", "version": said(envelope, "firmware")},
        "device": objects.device(envelope),
        "status_code": said(envelope, "error_code"),
        "status_detail": said(envelope, "error") or said(envelope, "status"),
    }


STATE = Shape(classes.CONFIG_STATE, state)
PORT = Shape(classes.CONFIG_CHANGE, port_state)
PROGRESS = By(
    "status",
    {
        "installing": "Update",
        "installed": "Update",
        "booted": "Start",
        "failed": "Update",
        "rolled_back": "Update",
    },
    "Other",
)
ROWS: dict[str, Row] = {
    "configuration.changed.v1": Shape(classes.CONFIG_CHANGE, state).row(
        "Log", INFORMATIONAL, "a setting changed", SUCCESS
    ),
    "attestation.passed.v1": STATE.row("Log", INFORMATIONAL, "the device's state was appraised", SUCCESS),
    "boot.measured.v1": STATE.row("Log", INFORMATIONAL, "the device tells its state, nobody judged it"),
    "firmware.integrity_checked.v1": STATE.row(
        "Log", INFORMATIONAL, "the device's state was checked", SUCCESS
    ),
    "update.progressed.v1": Shape(classes.LIFECYCLE, application).row(
        PROGRESS,
        INFORMATIONAL,
        "software on the device is replaced; OCSF has no class for firmware updates",
        By("status", {"failed": FAILURE, "rolled_back": FAILURE}, SUCCESS),
    ),
    "debug_port.opened.v1": PORT.row("Log", MEDIUM, "a security state of the device is switched", SUCCESS),
    "debug_port.closed.v1": PORT.row(
        "Log", INFORMATIONAL, "a security state of the device is switched", SUCCESS
    ),
    "twin.reported.v1": STATE.row("Log", INFORMATIONAL, "the device tells its settings"),
}

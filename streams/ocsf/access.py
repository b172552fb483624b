"""Access in OCSF: logons of people on the device, its own at the fleet's servers, privileges."""

from __future__ import annotations

from schemas.event import Envelope
from streams.ocsf import classes, objects
from streams.ocsf.objects import Object, said
from streams.ocsf.row import FAILURE, INFORMATIONAL, LOW, SUCCESS, Row, Shape


def login(envelope: Envelope) -> Object:
    """Somebody logs in on the device."""
    return {
        "user": objects.user(said(envelope, "account")),
        "src_endpoint": objects.endpoint(said(envelope, "address")),
        "dst_endpoint": objects.device_endpoint(envelope),
        "auth_protocol": said(envelope, "method"),
        "status_detail": said(envelope, "reason"),
    }


def session(envelope: Envelope) -> Object:
    """The device logs in with its certificate at the fleet's own servers: the device is the user."""
    return {
        "user": {"name": envelope.subject, "uid": envelope.subject, "type": "Device", "type_id": 99},
        "src_endpoint": {**objects.device_endpoint(envelope), **objects.endpoint(said(envelope, "address"))},
        "dst_endpoint": {"name": envelope.source or "fleet"},
        "session": objects.without_empty({"uid": said(envelope, "session")}),
        "certificate": objects.without_empty({"serial_number": said(envelope, "credential")}),
        "status_detail": said(envelope, "reason"),
    }


def privilege(envelope: Envelope) -> Object:
    """An account asked for a privileged action."""
    return {
        "user": objects.user(said(envelope, "account")),
        "privileges": [" ".join(filter(None, (said(envelope, "action"), said(envelope, "resource"))))],
        "dst_endpoint": objects.device_endpoint(envelope),
        "src_endpoint": objects.endpoint(said(envelope, "address")),
        "status_detail": said(envelope, "reason") or said(envelope, "policy"),
    }


LOGIN = Shape(classes.AUTHENTICATION, login)
SESSION = Shape(classes.AUTHENTICATION, session)
PRIVILEGE = Shape(classes.AUTHORIZE, privilege)
ROWS: dict[str, Row] = {
    "authentication.succeeded.v1": LOGIN.row("Logon", INFORMATIONAL, "a logon on the device", SUCCESS),
    "authentication.failed.v1": LOGIN.row("Logon", LOW, "a logon on the device that was refused", FAILURE),
    "authorisation.granted.v1": PRIVILEGE.row(
        "Assign Privileges", INFORMATIONAL, "privileges given to an account", SUCCESS
    ),
    "authorisation.denied.v1": PRIVILEGE.row(
        "Assign Privileges", LOW, "privileges asked for and refused", FAILURE
    ),
    "session.opened.v1": SESSION.row(
        "Logon", INFORMATIONAL, "the device logs on with its certificate", SUCCESS
    ),
    "session.closed.v1": SESSION.row("Logoff", INFORMATIONAL, "the device's session ends", SUCCESS),
}

"""Credentials and devices in OCSF: entities that are made, changed and ended."""

from __future__ import annotations

from schemas.event import Envelope
from streams.ocsf import classes, objects
from streams.ocsf.objects import Object, said
from streams.ocsf.row import INFORMATIONAL, LOW, MEDIUM, SUCCESS, Row, Shape


def entity(envelope: Envelope) -> Object:
    """What was created, changed or ended: a credential where the event names one, else the device."""
    credential = said(envelope, "credential")
    what = (
        {"uid": credential, "type": "credential"}
        if credential
        else {"uid": envelope.subject, "type": "device"}
    )
    account = said(envelope, "account")
    return {
        "entity": {"name": what["uid"], **what},
        "device": objects.device(envelope),
        "actor": {"user": objects.user(account)} if account else {},
        "comment": said(envelope, "reason") or said(envelope, "error"),
    }


def device_entity(envelope: Envelope) -> Object:
    """A device in its life; the credential an event may name as well is not what it is about."""
    what = {"uid": envelope.subject, "name": envelope.subject, "type": "device"}
    return {
        **entity(envelope),
        "entity": objects.without_empty({**what, "version": said(envelope, "firmware")}),
    }


CREDENTIAL = Shape(classes.ENTITY, entity)
DEVICE = Shape(classes.ENTITY, device_entity)
ROWS: dict[str, Row] = {
    "credential.issued.v1": CREDENTIAL.row(
        "Create", INFORMATIONAL, "a credential is an entity that is managed", SUCCESS
    ),
    "credential.renewed.v1": CREDENTIAL.row(
        "Update", INFORMATIONAL, "the credential has a successor", SUCCESS
    ),
    "credential.expiring.v1": CREDENTIAL.row("Other", LOW, "nothing was done to it yet, which is the point"),
    "credential.expired.v1": CREDENTIAL.row("Deactivate", MEDIUM, "the credential works no more"),
    "credential.revocation_seen.v1": CREDENTIAL.row("Disable", MEDIUM, "somebody saw that it was disabled"),
    "provisioning_credential.issued.v1": CREDENTIAL.row(
        "Create", INFORMATIONAL, "a credential for enrolment is made", SUCCESS
    ),
    "provisioning_credential.used.v1": CREDENTIAL.row(
        "Enroll", INFORMATIONAL, "a device enrols with it", SUCCESS
    ),
    "provisioning_credential.expired.v1": CREDENTIAL.row("Deactivate", LOW, "the credential works no more"),
    "device.manufactured.v1": DEVICE.row(
        "Create", INFORMATIONAL, "the device is an entity that is managed", SUCCESS
    ),
    "device.provisioned.v1": DEVICE.row("Enroll", INFORMATIONAL, "the device enters the fleet", SUCCESS),
    "device.claimed.v1": DEVICE.row("Update", INFORMATIONAL, "it has an owner", SUCCESS),
    "device.activated.v1": DEVICE.row("Activate", INFORMATIONAL, "it begins to work", SUCCESS),
    "device.quarantined.v1": DEVICE.row(
        "Suspend", MEDIUM, "it is suspended; what was decided is a remediation", SUCCESS
    ),
    "device.released.v1": DEVICE.row("Resume", INFORMATIONAL, "its suspension ends", SUCCESS),
    "device.decommissioned.v1": DEVICE.row("Unenroll", INFORMATIONAL, "it leaves the fleet", SUCCESS),
    "twin.desired.v1": DEVICE.row(
        "Update", INFORMATIONAL, "what is wanted of the device changed, not yet the device"
    ),
}

"""Every event type there is, and the one way from a record to an event and back."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from schemas import action, alert, credential, detection, ledger, rollout, security
from schemas.errors import Rejected
from schemas.event import REQUIRED, Envelope, Event, attributes_of, parse_time

EVENTS: dict[str, type[Event]] = {
    event.TYPE: event
    for event in (
        security.AuthenticationSucceeded,
        security.AuthenticationFailed,
        security.SessionOpened,
        security.SessionClosed,
        security.ConfigurationChanged,
        security.AttestationPassed,
        security.AttestationFailed,
        security.UpdateProgressed,
        security.DeviceProvisioned,
        detection.DetectionRaised,
        alert.AlertOpened,
        alert.AlertUpdated,
        alert.AlertAcknowledged,
        alert.AlertClosed,
        credential.CredentialDecided,
        credential.EnforcementRecorded,
        rollout.RolloutDefined,
        rollout.DeviceAssigned,
        rollout.StageStarted,
        rollout.StageFinished,
        rollout.GateJudged,
        action.AlertAcknowledge,
        action.AlertJudge,
        action.DecisionSettle,
        action.CredentialReinstate,
        ledger.IngestCounted,
    )
}


def decode_data(type_name: str, value: bytes) -> Event:
    """The data of an event from its JSON; Rejected names the first field that is wrong, never its value."""
    kind = EVENTS.get(type_name)
    if kind is None:
        raise Rejected("unknown_type", "type", "no such event type")
    try:
        return msgspec.json.decode(value, type=kind)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        path = str(error).rpartition(" - at `")[2].rstrip("`") if " - at `" in str(error) else "data"
        raise Rejected("bad_data", path.replace("$", "data"), _reason(str(error))) from None
    except (UnicodeDecodeError, RecursionError):
        raise Rejected("bad_data", "data", "not UTF-8 JSON of a sane depth") from None


def _reason(message: str) -> str:
    """msgspec's words without the path; an enum's message quotes the value, which must not leak."""
    return (
        message.partition(" - at `")[0].partition("Invalid enum value")[0] or "not one of the allowed values"
    )


def decode(headers: Iterable[tuple[str, bytes]] | None, value: bytes) -> Envelope:
    """The envelope of a Kafka record in binary content mode; Rejected where an attribute or the data is wrong."""
    attributes = attributes_of(headers)
    if attributes.get("specversion") != "1.0":
        raise Rejected("bad_specversion", "specversion", "must be 1.0")
    for name in REQUIRED:
        if not attributes.get(name):
            raise Rejected("missing_field", name, "is missing or empty")
    return Envelope(
        id=attributes["id"],
        type=attributes["type"],
        source=attributes["source"],
        subject=attributes["subject"],
        tenant=attributes["tenant"],
        time=parse_time(attributes["time"]),
        data=decode_data(attributes["type"], value),
        cause=attributes.get("cause", ""),
    )

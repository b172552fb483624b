"""The mapping table: one row an event type, with the reason for its class. `python -m streams.ocsf mapping` prints it.

A type without a row is exported as Base Event with its fields unmapped, so that nothing disappears.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.event import Envelope
from streams.ocsf import classes, fields
from streams.ocsf.classes import OTHER, OcsfClass
from streams.ocsf.fields import Filler
from streams.ocsf.objects import severity_id

INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4, 5
SUCCESS, FAILURE = 1, 2


@dataclass(frozen=True, slots=True)
class By:
    """A number that depends on a field of the event; `default` for a value that is not named."""

    field: str
    ids: dict[str, int]
    default: int = OTHER


@dataclass(frozen=True, slots=True)
class Row:
    """One event type in OCSF. `severity` -1 takes the event's own; `status` 0 says nothing of success."""

    ocsf: OcsfClass
    activity: int | By
    severity: int
    fill: Filler
    why: str
    status: int | By = 0


OWN = -1
CLOSED = By(
    "state",
    {"S0": 4, "SH": 4, "REJ": 5, "RSTO": 3, "RSTR": 3, "RSTOS0": 3, "RSTRH": 3},
    2,
)
ACTIONS = By("action", {"hold": 1, "restrict": 1, "revoke": 2, "reinstate": 3})
TABLE: dict[str, Row] = {
    "authentication.succeeded.v1": Row(
        classes.AUTHENTICATION, 1, INFORMATIONAL, fields.login, "a logon on the device", SUCCESS
    ),
    "authentication.failed.v1": Row(
        classes.AUTHENTICATION, 1, LOW, fields.login, "a logon on the device that was refused", FAILURE
    ),
    "authorisation.granted.v1": Row(
        classes.AUTHORIZE, 1, INFORMATIONAL, fields.privilege, "privileges given to an account", SUCCESS
    ),
    "authorisation.denied.v1": Row(
        classes.AUTHORIZE, 1, LOW, fields.privilege, "privileges asked for and refused", FAILURE
    ),
    "session.opened.v1": Row(
        classes.AUTHENTICATION,
        1,
        INFORMATIONAL,
        fields.session,
        "the device logs on with its certificate",
        SUCCESS,
    ),
    "session.closed.v1": Row(
        classes.AUTHENTICATION, 2, INFORMATIONAL, fields.session, "the device's session ends", SUCCESS
    ),
    "configuration.changed.v1": Row(
        classes.CONFIG_CHANGE, 1, INFORMATIONAL, fields.state, "a setting changed", SUCCESS
    ),
    "configuration.drift_found.v1": Row(
        classes.COMPLIANCE, 1, OWN, fields.compliance, "a check against a baseline failed"
    ),
    "configuration.drift_resolved.v1": Row(
        classes.COMPLIANCE, 3, INFORMATIONAL, fields.compliance, "the same check is settled"
    ),
    "attestation.passed.v1": Row(
        classes.CONFIG_STATE, 1, INFORMATIONAL, fields.state, "the device's state was appraised", SUCCESS
    ),
    "attestation.failed.v1": Row(
        classes.DETECTION,
        1,
        HIGH,
        fields.violation,
        "a verifier found the device not to be what it should be",
    ),
    "boot.measured.v1": Row(
        classes.CONFIG_STATE, 1, INFORMATIONAL, fields.state, "the device tells its state, nobody judged it"
    ),
    "secure_boot.violated.v1": Row(
        classes.DETECTION, 1, CRITICAL, fields.violation, "the device's own protection found something"
    ),
    "anti_rollback.violated.v1": Row(
        classes.DETECTION, 1, HIGH, fields.violation, "the device's own protection found something"
    ),
    "firmware.integrity_checked.v1": Row(
        classes.CONFIG_STATE, 1, INFORMATIONAL, fields.state, "the device's state was checked", SUCCESS
    ),
    "firmware.integrity_violated.v1": Row(
        classes.DETECTION, 1, CRITICAL, fields.violation, "the device's own check found something"
    ),
    "network_policy.violated.v1": Row(
        classes.NETWORK,
        By("outcome", {"blocked": 5, "allowed": 6}),
        MEDIUM,
        fields.flow,
        "a flow, refused or let through",
        By("outcome", {"blocked": FAILURE, "allowed": SUCCESS}),
    ),
    "network_flow.closed.v1": Row(
        classes.NETWORK, CLOSED, INFORMATIONAL, fields.closed_flow, "a flow that is over, by how it ended"
    ),
    "update.progressed.v1": Row(
        classes.LIFECYCLE,
        By("status", {"installing": 8, "installed": 8, "booted": 3, "failed": 8, "rolled_back": 8}),
        INFORMATIONAL,
        fields.application,
        "software on the device is replaced; OCSF has no class for firmware updates",
        By("status", {"failed": FAILURE, "rolled_back": FAILURE}, SUCCESS),
    ),
    "credential.issued.v1": Row(
        classes.ENTITY, 1, INFORMATIONAL, fields.entity, "a credential is an entity that is managed", SUCCESS
    ),
    "credential.renewed.v1": Row(
        classes.ENTITY, 3, INFORMATIONAL, fields.entity, "the credential has a successor", SUCCESS
    ),
    "credential.expiring.v1": Row(
        classes.ENTITY, OTHER, LOW, fields.entity, "nothing was done to it yet, which is the point"
    ),
    "credential.expired.v1": Row(classes.ENTITY, 11, MEDIUM, fields.entity, "the credential works no more"),
    "credential.revocation_seen.v1": Row(
        classes.ENTITY, 9, MEDIUM, fields.entity, "somebody saw that it was disabled"
    ),
    "credential.key_compromise_reported.v1": Row(
        classes.DETECTION, 1, CRITICAL, fields.violation, "somebody found the key in the wrong hands"
    ),
    "provisioning_credential.issued.v1": Row(
        classes.ENTITY, 1, INFORMATIONAL, fields.entity, "a credential for enrolment is made", SUCCESS
    ),
    "provisioning_credential.used.v1": Row(
        classes.ENTITY, 6, INFORMATIONAL, fields.entity, "a device enrols with it", SUCCESS
    ),
    "provisioning_credential.reused.v1": Row(
        classes.DETECTION, 1, HIGH, fields.violation, "a clone or a leaked batch was found"
    ),
    "provisioning_credential.expired.v1": Row(
        classes.ENTITY, 11, LOW, fields.entity, "the credential works no more"
    ),
    "tamper.detected.v1": Row(
        classes.DETECTION,
        1,
        HIGH,
        fields.violation,
        "a tamper sensor is a detector; OCSF has no class for hands on a device",
    ),
    "debug_port.opened.v1": Row(
        classes.CONFIG_CHANGE,
        1,
        MEDIUM,
        fields.port_state,
        "a security state of the device is switched",
        SUCCESS,
    ),
    "debug_port.closed.v1": Row(
        classes.CONFIG_CHANGE,
        1,
        INFORMATIONAL,
        fields.port_state,
        "a security state of the device is switched",
        SUCCESS,
    ),
    "device.manufactured.v1": Row(
        classes.ENTITY,
        1,
        INFORMATIONAL,
        fields.device_entity,
        "the device is an entity that is managed",
        SUCCESS,
    ),
    "device.provisioned.v1": Row(
        classes.ENTITY, 6, INFORMATIONAL, fields.device_entity, "the device enters the fleet", SUCCESS
    ),
    "device.claimed.v1": Row(
        classes.ENTITY, 3, INFORMATIONAL, fields.device_entity, "it has an owner", SUCCESS
    ),
    "device.activated.v1": Row(
        classes.ENTITY, 10, INFORMATIONAL, fields.device_entity, "it begins to work", SUCCESS
    ),
    "device.quarantined.v1": Row(
        classes.ENTITY,
        12,
        MEDIUM,
        fields.device_entity,
        "it is suspended; what was decided is a remediation",
        SUCCESS,
    ),
    "device.released.v1": Row(
        classes.ENTITY, 13, INFORMATIONAL, fields.device_entity, "its suspension ends", SUCCESS
    ),
    "device.decommissioned.v1": Row(
        classes.ENTITY, 7, INFORMATIONAL, fields.device_entity, "it leaves the fleet", SUCCESS
    ),
    "twin.desired.v1": Row(
        classes.ENTITY,
        3,
        INFORMATIONAL,
        fields.device_entity,
        "what is wanted of the device changed, not yet the device",
    ),
    "twin.reported.v1": Row(
        classes.CONFIG_STATE, 1, INFORMATIONAL, fields.state, "the device tells its settings"
    ),
    "detection.raised.v1": Row(classes.DETECTION, 1, OWN, fields.detection, "one detector's finding"),
    "alert.opened.v1": Row(
        classes.INCIDENT, 1, OWN, fields.incident, "an alert is what findings add up to and a person works on"
    ),
    "alert.updated.v1": Row(classes.INCIDENT, 2, OWN, fields.incident, "a further finding joins it"),
    "alert.set_aside.v1": Row(
        classes.INCIDENT,
        1,
        OWN,
        fields.incident,
        "a finding that verdicts or an exception keep from anybody's work",
    ),
    "alert.acknowledged.v1": Row(classes.INCIDENT, 2, INFORMATIONAL, fields.incident, "somebody works on it"),
    "alert.closed.v1": Row(classes.INCIDENT, 3, INFORMATIONAL, fields.incident, "it has a verdict"),
    "exception.settled.v1": Row(
        classes.ENTITY,
        By("state", {"accepted": 1, "rejected": 4, "ended": 4}),
        LOW,
        fields.exception,
        "an exception is a rule that is managed: made, or gone",
    ),
    "cut_off.noted.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "a note of a decision, which is exported itself"
    ),
    "verdict.learned.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "OCSF has no class for what a detector is taught"
    ),
    "share.verdict.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "a verdict handed on, which is exported itself"
    ),
    "credential.decided.v1": Row(
        classes.REMEDIATION,
        ACTIONS,
        MEDIUM,
        fields.remediation,
        "a countermeasure: isolate, evict or restore (D3FEND)",
    ),
    "enforcement.recorded.v1": Row(
        classes.REMEDIATION,
        ACTIONS,
        INFORMATIONAL,
        fields.remediation,
        "the same countermeasure, as it really happened",
        By("step", {"failed": FAILURE, "decided": OTHER}, SUCCESS),
    ),
    "gate.judged.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "OCSF has no class for a verdict on a rollout"
    ),
    "rollout.defined.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "OCSF has no class for a rollout"
    ),
    "rollout.device_assigned.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "OCSF has no class for a rollout"
    ),
    "rollout.stage_started.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "OCSF has no class for a rollout"
    ),
    "rollout.stage_finished.v1": Row(
        classes.BASE, OTHER, INFORMATIONAL, fields.data, "OCSF has no class for a rollout"
    ),
    "acknowledge.alert.v1": Row(
        classes.ENTITY, 3, INFORMATIONAL, fields.request, "a person changes an alert"
    ),
    "judge.alert.v1": Row(classes.ENTITY, 3, INFORMATIONAL, fields.request, "a person changes an alert"),
    "settle.decision.v1": Row(
        classes.ENTITY, 3, INFORMATIONAL, fields.request, "a person changes a decision"
    ),
    "settle.exception.v1": Row(
        classes.ENTITY, 3, INFORMATIONAL, fields.request, "a person changes an exception"
    ),
    "reinstate.credential.v1": Row(
        classes.ENTITY, 3, INFORMATIONAL, fields.request, "a person asks for a credential to work again"
    ),
    "firmware.components_listed.v1": Row(
        classes.SOFTWARE, 2, INFORMATIONAL, fields.software, "an SBOM, of all devices of a model", SUCCESS
    ),
    "vulnerability.published.v1": Row(
        classes.OSINT, 2, INFORMATIONAL, fields.osint, "known to the world, not yet found anywhere here"
    ),
    "vulnerability.assessed.v1": Row(
        classes.VULNERABILITY,
        2,
        INFORMATIONAL,
        fields.vulnerability,
        "what is known of a vulnerability changed",
    ),
    "vulnerability.found.v1": Row(
        classes.VULNERABILITY,
        By("status", {"unassessed": 1}, 2),
        OWN,
        fields.vulnerability,
        "a firmware has a vulnerability, or more is known of it",
    ),
    "vulnerability.cleared.v1": Row(
        classes.VULNERABILITY, 3, INFORMATIONAL, fields.vulnerability, "it has it no more"
    ),
}
UNMAPPED = Row(
    classes.BASE, OTHER, INFORMATIONAL, fields.data, "about the platform itself, not about a device"
)


def row_of(type_name: str) -> Row:
    """How a type is exported."""
    return TABLE.get(type_name, UNMAPPED)


def chosen(number: int | By, envelope: Envelope) -> int:
    """The number for this event."""
    if isinstance(number, int):
        return number
    return number.ids.get(str(getattr(envelope.data, number.field, "")), number.default)


def severity(row: Row, envelope: Envelope) -> int:
    """The row's severity, or the event's own where the row says so."""
    return row.severity if row.severity != OWN else severity_id(getattr(envelope.data, "severity", ""))

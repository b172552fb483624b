"""Findings in OCSF: of detectors, of checks against a baseline, and of devices and those who watch them."""

from __future__ import annotations

from msgspec import to_builtins

from schemas.event import Envelope
from streams.ocsf import classes, objects
from streams.ocsf.objects import Object, said
from streams.ocsf.row import CRITICAL, HIGH, INFORMATIONAL, OWN, Row, Shape


def compliance(envelope: Envelope) -> Object:
    """A setting against the baseline; the finding keeps its id until it is resolved."""
    baseline, setting = said(envelope, "baseline"), said(envelope, "setting")
    passed = envelope.type == "configuration.drift_resolved.v1"
    uid = f"drift/{envelope.tenant}/{envelope.subject}/{baseline}/{setting}"
    return {
        "finding_info": objects.finding_info(envelope, uid, f"{setting} differs from {baseline}"),
        "compliance": {
            "standards": [baseline],
            "control": said(envelope, "rule") or setting,
            "status_id": 1 if passed else 3,
        },
        "resources": [objects.resource(envelope)],
        "status_id": 4 if passed else 1,
    }


def violation(envelope: Envelope) -> Object:
    """What the device itself, or whoever watches it, reports as wrong: its own finding, complete in one event."""
    title = " ".join(envelope.type.split(".")[:2]).replace("_", " ")
    detail = " ".join(
        str(value)
        for name in ("cause", "kind", "component", "stage", "sensor", "firmware", "detail")
        if (value := said(envelope, name))
    )
    return {
        "finding_info": objects.finding_info(envelope, envelope.id, title, desc=detail),
        "resources": [objects.resource(envelope)],
        "status_id": 1,
    }


def detection(envelope: Envelope) -> Object:
    """A detector's finding with the evidence it rests on."""
    since = objects.milliseconds(said(envelope, "since"))
    name, version = said(envelope, "detector"), said(envelope, "version")
    return {
        "finding_info": objects.finding_info(
            envelope,
            envelope.id,
            said(envelope, "title"),
            desc=said(envelope, "explanation"),
            types=[said(envelope, "kind")],
            first_seen_time=since,
            last_seen_time=objects.milliseconds(envelope.time),
            related_events=objects.related(said(envelope, "evidence")),
            analytic={"uid": name, "name": name, "version": str(version), "type_id": 1, "type": "Rule"},
        ),
        "start_time": since,
        "resources": [objects.resource(envelope)],
        "status_id": 1,
        "evidences": objects.artifacts(
            [*(said(envelope, "contributions") or ()), *(said(envelope, "expectations") or ())]
        ),
        "unmapped": objects.without_empty(
            {name: to_builtins(said(envelope, name)) for name in ("cohort", "nearest")}
        ),
    }


COMPLIANCE = Shape(classes.COMPLIANCE, compliance)
VIOLATION = Shape(classes.DETECTION, violation)
ROWS: dict[str, Row] = {
    "configuration.drift_found.v1": COMPLIANCE.row("Create", OWN, "a check against a baseline failed"),
    "configuration.drift_resolved.v1": COMPLIANCE.row("Close", INFORMATIONAL, "the same check is settled"),
    "attestation.failed.v1": VIOLATION.row(
        "Create", HIGH, "a verifier found the device not to be what it should be"
    ),
    "secure_boot.violated.v1": VIOLATION.row(
        "Create", CRITICAL, "the device's own protection found something"
    ),
    "anti_rollback.violated.v1": VIOLATION.row("Create", HIGH, "the device's own protection found something"),
    "firmware.integrity_violated.v1": VIOLATION.row(
        "Create", CRITICAL, "the device's own check found something"
    ),
    "credential.key_compromise_reported.v1": VIOLATION.row(
        "Create", CRITICAL, "somebody found the key in the wrong hands"
    ),
    "provisioning_credential.reused.v1": VIOLATION.row("Create", HIGH, "a clone or a leaked batch was found"),
    "tamper.detected.v1": VIOLATION.row(
        "Create", HIGH, "a tamper sensor is a detector; OCSF has no class for hands on a device"
    ),
    "detection.raised.v1": Shape(classes.DETECTION, detection).row("Create", OWN, "one detector's finding"),
}

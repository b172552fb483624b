"""What each OCSF class says besides what every event has: one function a class, from an event of ours to the class's attributes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from msgspec import to_builtins

from schemas.event import Envelope, encode
from streams.ocsf import objects
from streams.ocsf.objects import Object

Filler = Callable[[Envelope], Object]
INCIDENT_STATUS = {
    "alert.opened.v1": 1,
    "alert.acknowledged.v1": 2,
    "alert.set_aside.v1": 5,
    "alert.closed.v1": 5,
}
VERDICTS = {"false_positive": 1, "true_positive": 2, "benign_positive": 5}
VEX_STATUS = {"not_affected": 3, "fixed": 4, "under_investigation": 2, "unassessed": 1, "affected": 2}


def said(envelope: Envelope, name: str) -> Any:
    """A field of the event's data; None where its type has no such field."""
    return getattr(envelope.data, name, None)


def nothing(_: Envelope) -> Object:
    """A class without attributes of its own."""
    return {}


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


def request(envelope: Envelope) -> Object:
    """What a person asked for: a change of an alert, a decision, an exception or a credential."""
    named = (("alert", "alert"), ("decision", "credential decision"), ("exception", "exception"))
    found = ((uid, kind) for name, kind in named if (uid := said(envelope, name)))
    uid, kind = next(found, (envelope.subject, "credential"))
    return {
        "entity": {"uid": uid, "name": uid, "type": kind},
        "actor": {"user": objects.user(said(envelope, "actor"))},
        "device": objects.device(envelope),
        "comment": said(envelope, "comment"),
    }


def exception(envelope: Envelope) -> Object:
    """What is to be expected of a device, as a person settled it."""
    uid = said(envelope, "exception")
    return {
        "entity": {"uid": uid, "name": said(envelope, "kind"), "type": "exception"},
        "actor": {"user": objects.user(said(envelope, "actor"))},
        "device": objects.device(envelope),
        "comment": said(envelope, "comment"),
    }


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


def incident(envelope: Envelope) -> Object:
    """An alert: what several findings about one device add up to."""
    uid, found, since = said(envelope, "alert"), said(envelope, "detection"), said(envelope, "since")
    info = objects.finding_info(
        envelope,
        found or uid,
        said(envelope, "title") or uid,
        desc=said(envelope, "explanation"),
        related_events=objects.related(said(envelope, "evidence") or ()),
    )
    verdict, actor = said(envelope, "verdict"), said(envelope, "actor")
    return {
        "finding_info_list": [info],
        "desc": said(envelope, "explanation"),
        "status_id": INCIDENT_STATUS.get(envelope.type, 0),
        "assignee": objects.user(actor) if actor else {},
        "verdict": verdict,
        "verdict_id": VERDICTS.get(verdict, 0) if verdict else None,
        "comment": said(envelope, "comment"),
        "risk_score": said(envelope, "risk"),
        "start_time": objects.milliseconds(since) if since else None,
        "resources": [objects.resource(envelope)],
    }


def vulnerability(envelope: Envelope) -> Object:
    """A vulnerability of a firmware, or what somebody says of it."""
    name = said(envelope, "vulnerability") or envelope.subject
    found = objects.without_empty(
        {
            "cve": _cve(envelope, name),
            "title": name,
            "desc": said(envelope, "summary") or said(envelope, "impact"),
            "severity": said(envelope, "severity"),
            "affected_packages": _packages(envelope),
            "related_vulnerabilities": list(said(envelope, "aliases") or ()),
        }
    )
    uid = "/".join(
        filter(
            None,
            (envelope.tenant, envelope.subject, said(envelope, "vulnerability"), said(envelope, "component")),
        )
    )
    status = said(envelope, "status")
    cleared = envelope.type == "vulnerability.cleared.v1"
    return {
        "finding_info": objects.finding_info(envelope, uid, name, desc=said(envelope, "reason")),
        "vulnerabilities": [found],
        "resources": [
            objects.resource(envelope, "firmware" if said(envelope, "component") else "vulnerability")
        ],
        "status_id": 4 if cleared else VEX_STATUS.get(status, 1),
        "status_detail": said(envelope, "justification") or status,
    }


def _cve(envelope: Envelope, name: str) -> Object:
    cve = next((one for one in (name, *(said(envelope, "aliases") or ())) if one.startswith("CVE-")), "")
    score = said(envelope, "score")
    if not cve:
        return {}
    return objects.without_empty(
        {"uid": cve, "cvss": [{"base_score": score, "version": "3.1"}] if score is not None else []}
    )


def _packages(envelope: Envelope) -> list[Object]:
    name = said(envelope, "name")
    if not name:
        return []
    package = {"name": name, "version": said(envelope, "version") or "unknown"}
    purl, fixes = said(envelope, "component") or "", said(envelope, "fixed_in") or ()
    return [
        objects.without_empty(
            {**package, "purl": purl if purl.startswith("pkg:") else "", "fixed_in_version": ", ".join(fixes)}
        )
    ]


def osint(envelope: Envelope) -> Object:
    """A published vulnerability as intelligence, before anything was found to have it."""
    one = {
        "type": "Vulnerability",
        "type_id": 10,
        "value": envelope.subject,
        "desc": said(envelope, "summary"),
    }
    return {"osint": [objects.without_empty(one)], "actor": {"app_name": "Vedette inventory"}}


def software(envelope: Envelope) -> Object:
    """Part of a firmware's SBOM; the device is the model, since all of it run the same."""
    model, firmware = said(envelope, "model"), said(envelope, "firmware")
    return {
        "device": objects.device(envelope, model),
        "sbom": {
            "uid": said(envelope, "sbom"),
            "type": "CycloneDX",
            "type_id": 2,
            "package": {"name": model, "version": firmware},
            "software_components": [
                objects.without_empty(
                    {
                        "name": one.name,
                        "version": one.version or "unknown",
                        "purl": one.purl,
                        "license": " ".join(one.licences),
                    }
                )
                for one in said(envelope, "components")
            ],
        },
    }


def application(envelope: Envelope) -> Object:
    """A firmware on its way onto the device."""
    return {
        "app": {**objects.product(), "name": "firmware", "version": said(envelope, "firmware")},
        "device": objects.device(envelope),
        "status_code": said(envelope, "error_code"),
        "status_detail": said(envelope, "error") or said(envelope, "status"),
    }


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


def data(envelope: Envelope) -> Object:
    """An event OCSF has no class for: its fields as they are."""
    return {"unmapped": json.loads(encode(envelope))}

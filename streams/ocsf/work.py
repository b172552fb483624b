"""What people work on, in OCSF: alerts, exceptions, and what somebody asks for."""

from __future__ import annotations

from schemas.event import Envelope
from streams.ocsf import classes, objects
from streams.ocsf.objects import Object, said
from streams.ocsf.row import INFORMATIONAL, LOW, OWN, By, Row, Shape

INCIDENT_STATUS = {
    "alert.opened.v1": 1,
    "alert.acknowledged.v1": 2,
    "alert.set_aside.v1": 5,
    "alert.closed.v1": 5,
}
VERDICTS = {"false_positive": 1, "true_positive": 2, "benign_positive": 5}


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


def exception(envelope: Envelope) -> Object:
    """What is to be expected of a device, as a person settled it."""
    uid = said(envelope, "exception")
    return {
        "entity": {"uid": uid, "name": said(envelope, "kind"), "type": "exception"},
        "actor": {"user": objects.user(said(envelope, "actor"))},
        "device": objects.device(envelope),
        "comment": said(envelope, "comment"),
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


INCIDENT = Shape(classes.INCIDENT, incident)
REQUEST = Shape(classes.ENTITY, request)
SETTLED = By("state", {"accepted": "Create", "rejected": "Delete", "ended": "Delete"}, "Other")
ROWS: dict[str, Row] = {
    "alert.opened.v1": INCIDENT.row(
        "Create", OWN, "an alert is what findings add up to and a person works on"
    ),
    "alert.updated.v1": INCIDENT.row("Update", OWN, "a further finding joins it"),
    "alert.set_aside.v1": INCIDENT.row(
        "Create", OWN, "a finding that verdicts or an exception keep from anybody's work"
    ),
    "alert.acknowledged.v1": INCIDENT.row("Update", INFORMATIONAL, "somebody works on it"),
    "alert.closed.v1": INCIDENT.row("Close", INFORMATIONAL, "it has a verdict"),
    "exception.settled.v1": Shape(classes.ENTITY, exception).row(
        SETTLED, LOW, "an exception is a rule that is managed: made, or gone"
    ),
    "acknowledge.alert.v1": REQUEST.row("Update", INFORMATIONAL, "a person changes an alert"),
    "judge.alert.v1": REQUEST.row("Update", INFORMATIONAL, "a person changes an alert"),
    "settle.decision.v1": REQUEST.row("Update", INFORMATIONAL, "a person changes a decision"),
    "settle.exception.v1": REQUEST.row("Update", INFORMATIONAL, "a person changes an exception"),
    "hold.credential.v1": REQUEST.row(
        "Update", INFORMATIONAL, "a person asks for a credential to stop working"
    ),
    "reinstate.credential.v1": REQUEST.row(
        "Update", INFORMATIONAL, "a person asks for a credential to work again"
    ),
}

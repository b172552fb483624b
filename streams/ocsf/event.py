"""One of our events as an OCSF event: total, pure, and with the original's id, type and JSON kept."""

from __future__ import annotations

from typing import Any

from schemas.event import Envelope, encode, rfc3339
from streams.ocsf import classes, objects
from streams.ocsf.mapping import row_of
from streams.ocsf.row import Row


def to_ocsf(envelope: Envelope, origin: str = "") -> dict[str, Any]:
    """The OCSF event (a JSON object). `origin` is the record's `topic/partition/offset`.

    `metadata.uid` is the event's id and `raw_data` its JSON, so whatever OCSF has no attribute for is not lost. The same event gives
    the same object.
    """
    row = row_of(envelope.type)
    activity, severity = row.activity_id(envelope), row.severity_id(envelope)
    own = objects.without_empty(row.fill(envelope))
    return {
        **_classified(row, activity),
        "time": objects.milliseconds(envelope.time),
        "severity_id": severity,
        "severity": objects.NAMES[severity],
        **_status(row, envelope),
        "message": _message(envelope),
        "metadata": _metadata(envelope, origin),
        "raw_data": encode(envelope).decode(),
        **own,
    }


def _classified(row: Row, activity: int) -> dict[str, Any]:
    kind = row.ocsf
    return {
        "class_uid": kind.uid,
        "class_name": kind.name,
        "category_uid": kind.category_uid,
        "category_name": classes.CATEGORIES[kind.category_uid],
        "activity_id": activity,
        "activity_name": kind.activities.get(activity, "Other"),
        "type_uid": kind.uid * 100 + activity,
    }


def _status(row: Row, envelope: Envelope) -> dict[str, Any]:
    status = row.status_id(envelope)
    names = {1: "Success", 2: "Failure", classes.OTHER: "Other"}
    return {"status_id": status, "status": names[status]} if status else {}


def _metadata(envelope: Envelope, origin: str) -> dict[str, Any]:
    content = {
        "version": classes.VERSION,
        "product": objects.product(),
        "uid": envelope.id,
        "event_code": envelope.type,
        "tenant_uid": envelope.tenant,
        "original_time": rfc3339(envelope.time),
        "log_name": type(envelope.data).TOPIC,
        "log_provider": envelope.source,
        "correlation_uid": envelope.cause,
        "labels": [f"origin:{origin}"] if origin else [],
    }
    return objects.without_empty(content)


def _message(envelope: Envelope) -> str:
    told = getattr(envelope.data, "explanation", "")
    what = " ".join(envelope.type.split(".")[:2]).replace("_", " ")
    return told or f"{envelope.subject}: {what}"

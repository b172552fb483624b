"""Everything that happened to a device or an alert in one list by time: what was reported, found, decided, done and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.sentences import VERDICTS
from dashboards.components.table import Column, table
from dashboards.components.times import duration
from dashboards.queries.alerts import Change
from dashboards.queries.credentials import Decision, Receipt
from dashboards.queries.detections import Detection
from dashboards.queries.security_events import SecurityEvent
from dashboards.view import View

STEPS = {
    "decided": "decision taken up by enforcement",
    "ca_updated": "certificate authority updated",
    "revocation_visible": "broker refuses the certificate",
    "session_dropped": "live session dropped",
    "reconnect_refused": "first reconnect refused",
    "reinstated": "certificate works again",
    "failed": "enforcement failed",
}
# What the same step means where a certificate shall work again.
STEPS_BACK = STEPS | {"revocation_visible": "broker accepts the certificate again"}
EVENTS = {
    "authentication.succeeded": "login accepted",
    "authentication.failed": "login refused",
    "session.opened": "session opened",
    "session.closed": "session closed",
    "configuration.changed": "configuration changed",
    "attestation.passed": "attestation passed",
    "attestation.failed": "attestation failed",
    "update.progressed": "update",
    "device.provisioned": "provisioned",
    "twin.desired": "settings desired",
    "twin.reported": "settings reported",
}
MARKED = {
    "authentication.succeeded": "login",
    "configuration.changed": "configuration",
    "attestation.failed": "attestation failed",
    "device.provisioned": "provisioned",
    "device.quarantined": "quarantined",
    "device.released": "released",
    "debug_port.opened": "debug port",
    "secure_boot.violated": "secure boot",
    "tamper.detected": "tamper",
}
DETAILS = (
    "account",
    "address",
    "setting",
    "method",
    "reason",
    "firmware",
    "status",
    "model",
    "site",
    "client",
    "baseline",
    "cause",
    "component",
    "kind",
    "outcome",
    "peer",
    "policy",
    "port",
    "sensor",
    "severity",
    "version",
)
EVENT, FINDING, ALERT, DECISION, RECEIPT = range(5)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline; `mark` labels it on charts, empty where it has no place there; `origin` names its record in the log.

    What follows from an event has its time; `order` tells cause from effect then.
    """

    time: datetime
    what: str
    told: str
    word: str = ""
    mark: str = ""
    origin: str = ""
    order: int = EVENT


def of_events(events: Sequence[SecurityEvent]) -> list[Entry]:
    """What the device and the edge reported."""
    return [_event(event) for event in events]


def _event(event: SecurityEvent) -> Entry:
    name = event.type.rpartition(".v")[0] or event.type
    data = _object(event.data)
    told = ", ".join(f"{key} {data[key]}" for key in DETAILS if data.get(key))
    mark = (
        f"firmware {data.get('firmware', '')} {data['status']}"
        if data.get("status") in ("booted", "rolled_back")
        else MARKED.get(name, "")
    )
    what = EVENTS.get(name) or name.replace(".", " ").replace("_", " ")
    return Entry(event.time, what, told, mark=mark, origin=event.origin)


def _object(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def of_detections(found: Sequence[Detection]) -> list[Entry]:
    """What detectors found."""
    return [
        Entry(d.time, f"found by {d.detector}", d.explanation or d.title, word=d.severity, order=FINDING)
        for d in found
    ]


def of_changes(changes: Sequence[Change]) -> list[Entry]:
    """How an alert came to stand as it does."""
    return [_change(change) for change in changes]


def _change(change: Change) -> Entry:
    by = f" by {change.actor}" if change.actor else ""
    verdict = (
        f" as {VERDICTS.get(change.verdict, change.verdict).replace('_', ' ')}" if change.verdict else ""
    )
    told = change.comment or (f"{change.title}, risk {change.risk}" if change.title else "")
    mark = "alert" if change.change == "opened" else ""
    what = change.change.replace("_", " ")
    return Entry(
        change.time, f"alert {what}{verdict}{by}", told, word=change.severity, mark=mark, order=ALERT
    )


def of_decisions(decisions: Sequence[Decision]) -> list[Entry]:
    """What was decided about the device's credentials."""
    entries = []
    for d in decisions:
        by = f" by {d.actor}" if d.actor else ""
        entries.append(
            Entry(
                d.time,
                f"{d.action} {d.state}{by}",
                f"{d.reason} {d.comment}".strip(),
                word=d.action,
                mark=d.action,
                order=DECISION,
            )
        )
    return entries


def of_receipts(receipts: Sequence[Receipt], decisions: Sequence[Decision]) -> list[Entry]:
    """What was really done, with the time since what was decided upon: an event, or what a person asked for."""
    decided = {d.decision: d for d in decisions}
    entries = []
    for r in receipts:
        at = r.at or r.time
        told = ", ".join(part for part in (_after(at, decided.get(r.decision)), r.detail) if part)
        mark = {"session_dropped": "session dropped", "reinstated": "reinstated"}.get(r.step, "")
        word = "failed" if r.step == "failed" else ""
        what = (STEPS_BACK if r.action == "reinstate" else STEPS).get(r.step, r.step)
        entries.append(Entry(at, what, told, word=word, mark=mark, order=RECEIPT))
    return entries


def _after(at: datetime, decision: Decision | None) -> str:
    if decision is None:
        return ""
    what = f"{decision.actor} asked for it" if decision.actor else "the event"
    return f"{duration((at - decision.time).total_seconds())} after {what}"


def timeline(view: View, entries: Sequence[Entry], *, caption: str, empty: str) -> None:
    """Draw entries, newest first."""
    columns = [
        Column[Entry]("When", lambda e: _when(view, e)),
        Column[Entry]("Ago", lambda e: view.moment(e.time)),
        Column[Entry]("What", lambda e: badge(e.word, e.what) if e.word else e.what, cut=True),
        Column[Entry]("Told", lambda e: e.told, wide=True),
        Column[Entry]("Record", lambda e: Markup("<span class='faint'>{}</span>").format(e.origin)),
    ]
    table(newest_first(entries), columns, caption=caption, empty=empty)


def newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """Entries by time, of one moment the effects above their causes."""
    return sorted(entries, key=lambda e: (e.time, e.order), reverse=True)


def _when(view: View, entry: Entry) -> Markup:
    return Markup("<span title='{}'>{}</span>").format(
        view.reader.exact(entry.time), view.reader.clock(entry.time)
    )

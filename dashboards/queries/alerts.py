"""Alerts as they stand, and how each came to stand so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from dashboards.store import Store
from schemas.detection import Evidence
from schemas.weighed import Weighed

ALERTS = "alerts(tenants={tenants:Array(String)})"
HISTORY = "alert_history(tenants={tenants:Array(String)})"
WORST_FIRST = "indexOf(['critical', 'high', 'medium', 'low'], severity), risk DESC, updated_time DESC, alert"
LIMIT = 200
# What a set-aside alert has in the place of a verdict.
ASIDE = ("below_bar", "expected")


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands now; `evidence` is JSON, opened with `evidence_of`, and so is `weighed`, with `weighed_of`."""

    alert: str
    tenant: str
    device: str
    kind: str
    title: str
    explanation: str
    severity: str
    risk: int
    status: str
    verdict: str
    actor: str
    comment: str
    opened_time: datetime
    updated_time: datetime
    acknowledged_time: datetime | None
    closed_time: datetime | None
    since: datetime | None
    detections: int
    evidence: str
    weighed: str
    exception: str

    @property
    def is_set_aside(self) -> bool:
        """Whether it asks nobody for work and nobody has judged it."""
        return self.status == "closed" and self.verdict in ASIDE


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an alert; `detection` is the finding that made it, empty where a person did."""

    change: str
    time: datetime
    actor: str
    verdict: str
    comment: str
    title: str
    severity: str
    risk: int
    detection: str


@dataclass(frozen=True, slots=True)
class SeverityCount:
    """How many alerts of one severity are not closed, and how many of those nobody has taken yet."""

    severity: str
    alerts: int
    untouched: int


def queue(
    store: Store,
    tenants: Sequence[str],
    *,
    statuses: Sequence[str] = ("open", "acknowledged"),
    severities: Sequence[str] = (),
    search: str = "",
    limit: int = LIMIT,
) -> list[Alert]:
    """The alerts to work on, worst first, at most `limit`; an empty `severities` means all, `search` looks in device, title and kind.

    `statuses` has `set aside` for those that asked nobody for work; they are not among the closed ones.
    """
    source = f"""{ALERTS}
        WHERE has({{statuses:Array(String)}}, if(has({{aside:Array(String)}}, verdict), 'set aside', status))
          AND (empty({{severities:Array(String)}}) OR has({{severities:Array(String)}}, severity))
          AND positionCaseInsensitiveUTF8(concat(device, ' ', title, ' ', kind), {{search:String}}) > 0
        ORDER BY {WORST_FIRST} LIMIT {{limit:UInt32}}"""
    parameters = {
        "tenants": tenants,
        "statuses": statuses,
        "severities": severities,
        "search": search.strip(),
        "aside": ASIDE,
        "limit": limit,
    }
    return store.rows(Alert, source, parameters)


def waiting(store: Store, tenants: Sequence[str]) -> list[SeverityCount]:
    """How many alerts are not closed, by severity, worst first."""
    source = f"""(
        SELECT severity, count() AS alerts, countIf(status = 'open') AS untouched
        FROM {ALERTS} WHERE status != 'closed' GROUP BY severity
    ) ORDER BY indexOf(['critical', 'high', 'medium', 'low'], severity)"""
    return store.rows(SeverityCount, source, {"tenants": tenants})


def find(store: Store, tenants: Sequence[str], alert: str) -> Alert | None:
    """The alert with this id, None where these tenants have none."""
    return store.one(Alert, f"{ALERTS} WHERE alert = {{alert:String}}", {"tenants": tenants, "alert": alert})


def of_device(store: Store, tenants: Sequence[str], device: str, limit: int = LIMIT) -> list[Alert]:
    """A device's alerts, the newest first, closed ones too."""
    source = (
        f"{ALERTS} WHERE device = {{device:String}} ORDER BY updated_time DESC, alert LIMIT {{limit:UInt32}}"
    )
    return store.rows(Alert, source, {"tenants": tenants, "device": device, "limit": limit})


def history(store: Store, tenants: Sequence[str], alert: str) -> list[Change]:
    """Everything that happened to an alert, oldest first."""
    source = f"{HISTORY} WHERE alert = {{alert:String}} ORDER BY kafka_offset"
    return store.rows(Change, source, {"tenants": tenants, "alert": alert})


def evidence_of(text: str) -> list[Evidence]:
    """The evidence in an alert's or finding's JSON; a piece that can't be read is left out rather than hiding the rest."""
    found = []
    for piece in msgspec.json.decode(text or "[]", type=list[msgspec.Raw]):
        try:
            found.append(msgspec.json.decode(piece, type=Evidence))
        except msgspec.ValidationError:
            continue
    return found


def weighed_of(text: str) -> Weighed | None:
    """How an alert's newest finding was weighed, None where it has no strength or its JSON can't be read."""
    try:
        return msgspec.json.decode(text, type=Weighed) if text else None
    except msgspec.DecodeError:
        return None

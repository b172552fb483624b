"""Alerts as they stand, and how each came to stand so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import get_args

import msgspec

from dashboards.store import Store
from schemas.alert import Aside
from schemas.detection import Evidence
from schemas.weighed import Weighed

ALERTS = "alerts(tenants={tenants:Array(String)})"
# One row what a person works on: an alert, or the alerts of all partitions about one thing.
INCIDENTS = "incidents(tenants={tenants:Array(String)})"
HISTORY = "alert_history(tenants={tenants:Array(String)})"
WORST_FIRST = "indexOf(['critical', 'high', 'medium', 'low'], severity), risk DESC, updated_time DESC, alert"
LIMIT = 200
# What a set-aside alert has in the place of a verdict.
ASIDE = get_args(Aside)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands now; `evidence` is JSON, opened with `evidence_of`, and so is `weighed`, with `weighed_of`.

    Several alerts about one thing (`scope`: a lost site, a cohort) are one with several `parts`, the worst first: `alert` and `device` are
    of that one, `members` of `of` devices are in all of them, and `what` says what they do (empty where the title says it).
    """

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
    scope: str = ""
    what: str = ""
    members: int = 0
    of: int = 0
    parts: list[str] = field(default_factory=list)

    @property
    def is_shared(self) -> bool:
        """Whether it is several alerts about one thing."""
        return len(self.parts) > 1

    @property
    def is_of_many(self) -> bool:
        """Whether it is about more devices than the one that stands for them."""
        return self.is_shared or self.members > 1

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
    alert: str


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

    Alerts about one thing are one.
    `statuses` has `set aside` for those that asked nobody for work; they are not among the closed ones.
    """
    source = f"""{INCIDENTS}
        WHERE has({{statuses:Array(String)}}, if(has({{aside:Array(String)}}, verdict), 'set aside', status))
          AND (empty({{severities:Array(String)}}) OR has({{severities:Array(String)}}, severity))
          AND positionCaseInsensitiveUTF8(concat(arrayStringConcat(devices, ' '), ' ', title, ' ', kind, ' ', scope), {{search:String}}) > 0
        ORDER BY {WORST_FIRST} LIMIT {{limit:UInt32}}"""
    parameters = {
        "tenants": tenants,
        "statuses": statuses,
        "severities": severities,
        "search": search.strip(),
        "aside": ASIDE,
        "limit": limit,
    }
    return [_told(one) for one in store.rows(Alert, source, parameters)]


def waiting(store: Store, tenants: Sequence[str]) -> list[SeverityCount]:
    """How many alerts are not closed, by severity, worst first; those about one thing are one."""
    source = f"""(
        SELECT severity, count() AS alerts, countIf(status = 'open') AS untouched
        FROM {INCIDENTS} WHERE status != 'closed' GROUP BY severity
    ) ORDER BY indexOf(['critical', 'high', 'medium', 'low'], severity)"""
    return store.rows(SeverityCount, source, {"tenants": tenants})


def find(store: Store, tenants: Sequence[str], alert: str) -> Alert | None:
    """The alert with this id, with the others about the same thing; None where these tenants have none."""
    source = f"{INCIDENTS} WHERE has(parts, {{alert:String}})"
    found = store.one(Alert, source, {"tenants": tenants, "alert": alert})
    return _told(found) if found else None


def parts_of(store: Store, tenants: Sequence[str], alert: Alert) -> list[Alert]:
    """The single alerts that it is, the worst first."""
    source = (
        f"{ALERTS} WHERE has({{parts:Array(String)}}, alert) ORDER BY indexOf({{parts:Array(String)}}, alert)"
    )
    return store.rows(Alert, source, {"tenants": tenants, "parts": alert.parts})


def of_device(store: Store, tenants: Sequence[str], device: str, limit: int = LIMIT) -> list[Alert]:
    """A device's alerts, the newest first, closed ones too."""
    source = (
        f"{ALERTS} WHERE device = {{device:String}} ORDER BY updated_time DESC, alert LIMIT {{limit:UInt32}}"
    )
    return store.rows(Alert, source, {"tenants": tenants, "device": device, "limit": limit})


def history(store: Store, tenants: Sequence[str], alerts: Sequence[str]) -> list[Change]:
    """Everything that happened to some alerts, oldest first."""
    source = f"{HISTORY} WHERE has({{alerts:Array(String)}}, alert) ORDER BY time, kafka_offset"
    return store.rows(Change, source, {"tenants": tenants, "alerts": alerts})


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


def _told(alert: Alert) -> Alert:
    """What has several parts is named by the numbers of all, and explained by its worst part."""
    if not alert.is_shared:
        return alert
    worst = alert.explanation.partition("\n")[0]
    told = replace(alert, explanation=f"Told in {len(alert.parts)} parts, the worst of them: {worst}")
    if not alert.what:
        return told
    many = f"{alert.members:,} of {alert.of:,}" if alert.of else f"{alert.members:,}"
    return replace(told, title=f"{many} {alert.what}")

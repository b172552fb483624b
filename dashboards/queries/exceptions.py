"""What is to be expected of devices: exceptions as they stand, and where every finding went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store

EXCEPTIONS = "exceptions(tenants={tenants:Array(String)})"


@dataclass(frozen=True, slots=True)
class Expected:
    """One exception; `limit` is in the unit of `metric`, or a strength where that is empty. `expected` findings were set aside by it."""

    exception: str
    tenant: str
    device: str
    state: str
    kind: str
    direction: str
    metric: str
    limit: float
    until: datetime
    alerts: list[str]
    proposed_time: datetime
    settled_time: datetime | None
    actor: str
    comment: str
    expected: int


@dataclass(frozen=True, slots=True)
class Findings:
    """Where every finding went; `difference` is what triage has not taken yet."""

    detections: int
    alerted: int
    below_bar: int
    expected: int
    difference: int
    cut_off: int = 0


def current(store: Store, tenants: Sequence[str], now: datetime) -> list[Expected]:
    """The exceptions that wait for a person, then those in force at `now`."""
    source = f"""{EXCEPTIONS} WHERE state = 'proposed' OR (state = 'accepted' AND until > {{now:DateTime64(6, 'UTC')}})
        ORDER BY state DESC, until, exception LIMIT 200"""
    return store.rows(Expected, source, {"tenants": tenants, "now": now})


def of_alerts(store: Store, tenants: Sequence[str], alerts: Sequence[str], exception: str) -> list[Expected]:
    """What verdicts on some alerts proposed and nobody settled, and the one (`exception`) that they are expected by, if any."""
    source = f"""{EXCEPTIONS} WHERE (state = 'proposed' AND hasAny(alerts, {{named:Array(String)}}))
        OR (exception = {{exception:String}} AND exception != '') ORDER BY proposed_time, exception"""
    return store.rows(Expected, source, {"tenants": tenants, "named": alerts, "exception": exception})


def findings(store: Store, tenants: Sequence[str]) -> Findings | None:
    """Where every finding went; None before there was one."""
    found = store.one(Findings, "finding_account(tenants={tenants:Array(String)})", {"tenants": tenants})
    return found if found and found.detections else None

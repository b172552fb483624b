"""Who is cut off, what was decided about whom, and what really happened then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store

CREDENTIALS = "credentials(tenants={tenants:Array(String)})"
DECISIONS = "decisions(tenants={tenants:Array(String)})"
RECEIPTS = "receipts(tenants={tenants:Array(String)})"
LIMIT = 200


@dataclass(frozen=True, slots=True)
class Credential:
    """How a device's credentials stand: what the receipts prove, what is wanted, and when each step was seen to be done."""

    tenant: str
    device: str
    state: str
    wanted: str
    pending: int
    decision: str
    action: str
    reason: str
    policy: str
    alert: str
    actor: str
    since: datetime | None
    decided_time: datetime | None
    decided_at: datetime | None
    ca_updated_at: datetime | None
    revocation_visible_at: datetime | None
    session_dropped_at: datetime | None
    reconnect_refused_at: datetime | None
    reinstated_at: datetime | None
    failed_at: datetime | None
    failure: str
    cut_off_at: datetime | None
    cut_off_s: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision; `state` is proposed, approved, rejected, superseded (another did as much, so nobody needs to answer) or decided."""

    decision: str
    tenant: str
    device: str
    time: datetime
    action: str
    state: str
    reason: str
    policy: str
    alert: str
    actor: str
    comment: str
    since: datetime | None
    settled_time: datetime | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One measured step of enforcing a decision."""

    decision: str
    device: str
    action: str
    step: str
    at: datetime | None
    credential: str
    detail: str
    time: datetime


def touched(store: Store, tenants: Sequence[str], limit: int = LIMIT) -> list[Credential]:
    """Every device with a decision in force, those not yet enforced first, then the newest."""
    source = f"{CREDENTIALS} WHERE decision != '' ORDER BY pending DESC, decided_time DESC, device LIMIT {{limit:UInt32}}"
    return store.rows(Credential, source, {"tenants": tenants, "limit": limit})


def of_device(store: Store, tenants: Sequence[str], device: str) -> Credential | None:
    """How one device's credentials stand; None where nothing was ever decided about it."""
    source = f"{CREDENTIALS} WHERE device = {{device:String}}"
    return store.one(Credential, source, {"tenants": tenants, "device": device})


def of_devices(store: Store, tenants: Sequence[str], devices: Sequence[str]) -> dict[str, Credential]:
    """How the credentials of some devices of one tenant stand, by device, without those about which nothing was ever decided."""
    source = f"{CREDENTIALS} WHERE has({{devices:Array(String)}}, device)"
    found = store.rows(Credential, source, {"tenants": tenants, "devices": list(devices)})
    return {one.device: one for one in found}


def proposed(store: Store, tenants: Sequence[str]) -> list[Decision]:
    """Decisions that wait for a person, oldest first."""
    source = f"{DECISIONS} WHERE state = 'proposed' ORDER BY time, decision LIMIT {{limit:UInt32}}"
    return store.rows(Decision, source, {"tenants": tenants, "limit": LIMIT})


def waiting(store: Store, tenants: Sequence[str], device: str) -> Decision | None:
    """The newest decision about a device that waits for a person; None where none does."""
    source = f"{DECISIONS} WHERE device = {{device:String}} AND state = 'proposed' ORDER BY kafka_offset DESC"
    return store.one(Decision, source, {"tenants": tenants, "device": device})


def decisions(store: Store, tenants: Sequence[str], device: str) -> list[Decision]:
    """Everything decided about a device, oldest first."""
    source = f"{DECISIONS} WHERE device = {{device:String}} ORDER BY kafka_offset LIMIT {{limit:UInt32}}"
    return store.rows(Decision, source, {"tenants": tenants, "device": device, "limit": LIMIT})


def receipts(store: Store, tenants: Sequence[str], device: str) -> list[Receipt]:
    """Everything really done about a device, oldest first."""
    source = f"{RECEIPTS} WHERE device = {{device:String}} ORDER BY kafka_offset LIMIT {{limit:UInt32}}"
    return store.rows(Receipt, source, {"tenants": tenants, "device": device, "limit": LIMIT})

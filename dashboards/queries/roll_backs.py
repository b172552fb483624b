"""What detection unlearned because somebody asked for it, and what asking for it would mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.queries.measurements import MEASUREMENTS
from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class RollBack:
    """One roll-back in one partition; see the view `roll_backs`. `device` is empty where it was about all of the tenant's."""

    roll_back: str
    tenant: str
    device: str
    since: datetime
    until: datetime
    actor: str
    reason: str
    partition: int
    reports: int
    unlearned: int
    models_before: str
    models_after: str
    took_s: float | None
    done_time: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """What is judged in a device's partition: so much is learned again, whoever's it is."""

    reports: int
    devices: int


@dataclass(frozen=True, slots=True)
class Named:
    """How many of a device's reports a stretch of time has."""

    reports: int


def done(store: Store, tenants: Sequence[str], device: str = "", most: int = 50) -> list[RollBack]:
    """The newest first; with a device those that were about it, its tenant's as a whole among them."""
    source = (
        "roll_backs(tenants={tenants:Array(String)}) WHERE {device:String} = '' OR device IN ({device:String}, '') "
        "ORDER BY done_time DESC, roll_back, partition LIMIT {most:UInt32}"
    )
    return store.rows(RollBack, source, {"tenants": tenants, "device": device, "most": most})


def reach(store: Store, tenants: Sequence[str], device: str) -> Reach | None:
    """What a roll-back of the device would learn again; None before detection told of its partition."""
    source = "learned_with(tenants={tenants:Array(String)}, device={device:String})"
    return store.one(Reach, source, {"tenants": tenants, "device": device})


def named(store: Store, tenants: Sequence[str], device: str, since: datetime, until: datetime) -> int:
    """How many of the device's reports are stored with event times in [since, until)."""
    asked = {"tenants": tenants, "device": device, "since": since, "until": until}
    found = store.one(Named, f"(SELECT count() AS reports FROM {MEASUREMENTS})", asked)
    return found.reports if found else 0

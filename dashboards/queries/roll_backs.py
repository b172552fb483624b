"""What detection unlearned because somebody asked for it, and what asking for it would mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.queries.measurements import MEASUREMENTS
from dashboards.queries.security_events import EVENTS, FLOWS
from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class RollBack:
    """What a roll-back unlearned of `learned` ('reports' or 'flows') in one partition; see the view `roll_backs`.

    `device` is empty where it was about all of the tenant's.
    """

    roll_back: str
    tenant: str
    device: str
    since: datetime
    until: datetime
    actor: str
    reason: str
    partition: int
    learned: str
    reports: int
    unlearned: int
    models_before: str
    models_after: str
    took_s: float | None
    done_time: datetime


@dataclass(frozen=True, slots=True)
class Reach:
    """What is judged in a device's partition: so many reports are learned again, whoever's they are."""

    reports: int
    devices: int


@dataclass(frozen=True, slots=True)
class FlowReach:
    """So many network flows of a device's tenant are learned again."""

    flows: int


@dataclass(frozen=True, slots=True)
class Named:
    """How many of a device's reports and network flows a stretch of time has."""

    reports: int
    flows: int


def done(store: Store, tenants: Sequence[str], device: str = "", most: int = 50) -> list[RollBack]:
    """The newest first; with a device those that were about it, its tenant's as a whole among them."""
    source = (
        "roll_backs(tenants={tenants:Array(String)}) WHERE {device:String} = '' OR device IN ({device:String}, '') "
        "ORDER BY done_time DESC, roll_back, partition, learned DESC LIMIT {most:UInt32}"
    )
    return store.rows(RollBack, source, {"tenants": tenants, "device": device, "most": most})


def reach(store: Store, tenants: Sequence[str], device: str) -> Reach | None:
    """What a roll-back of the device would learn again; None before detection told of its partition."""
    source = "learned_with(tenants={tenants:Array(String)}, device={device:String})"
    return store.one(Reach, source, {"tenants": tenants, "device": device})


def flow_reach(store: Store, tenants: Sequence[str], device: str) -> FlowReach:
    """What of flows a roll-back of the device would learn again."""
    source = "(SELECT sum(flows) AS flows FROM flows_learned_with(tenants={tenants:Array(String)}, device={device:String}))"
    return store.one(FlowReach, source, {"tenants": tenants, "device": device}) or FlowReach(0)


def named(store: Store, tenants: Sequence[str], device: str, since: datetime, until: datetime) -> Named:
    """How much of the device's is stored with event times in [since, until)."""
    asked = {"tenants": tenants, "device": device, "since": since, "until": until}
    flows = f"""(SELECT count() FROM {EVENTS} WHERE device = {{device:String}} AND type = '{FLOWS}'
        AND time >= {{since:DateTime64(6, 'UTC')}} AND time < {{until:DateTime64(6, 'UTC')}})"""
    source = f"(SELECT count() AS reports, {flows} AS flows FROM {MEASUREMENTS})"
    return store.one(Named, source, asked) or Named(0, 0)

"""What detection shall unlearn or has because somebody asked for it, and what asking for it would mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.queries.measurements import MEASUREMENTS
from dashboards.queries.security_events import EVENTS, FLOWS
from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class RollBack:
    """What a roll-back unlearns of `learned` ('reports' or 'flows') in one partition; see the view `roll_backs`.

    `device` is empty where it is about all of the tenant's. `state` is asked (so many are `ahead`) or done.
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
    state: str
    ahead: int
    asked_time: datetime | None
    reports: int | None
    unlearned: int | None
    models_before: str
    models_after: str
    took_s: float | None
    done_time: datetime | None


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


def listed(store: Store, tenants: Sequence[str], device: str = "", most: int = 50) -> list[RollBack]:
    """What is not done first, then the newest; with a device those that are about it, its tenant's as a whole among them."""
    source = (
        "roll_backs(tenants={tenants:Array(String)}) WHERE {device:String} = '' OR device IN ({device:String}, '') "
        "ORDER BY state, ahead, done_time DESC, roll_back, partition, learned DESC LIMIT {most:UInt32}"
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

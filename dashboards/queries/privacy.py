"""Erasures and retention as the store knows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class Erasure:
    """One request to erase a device; see the view `erasures`."""

    tenant: str
    device: str
    requested_time: datetime
    actor: str
    reason: str
    state: str
    erased_time: datetime | None
    keys: int
    rows: int


@dataclass(frozen=True, slots=True)
class Removed:
    """What the newest run of retention removed of one class of data."""

    name: str
    applied_time: datetime
    cutoff: datetime
    rows: int


def erasures(store: Store, tenants: tuple[str, ...], most: int = 200) -> list[Erasure]:
    """The erasures of these tenants, newest first."""
    source = "erasures(tenants={tenants:Array(String)}) ORDER BY requested_time DESC LIMIT {most:UInt32}"
    return store.rows(Erasure, source, {"tenants": tenants, "most": most})


def removed(store: Store) -> list[Removed]:
    """The newest run, one entry a class; empty before the first one."""
    return store.rows(
        Removed,
        "retention_runs WHERE applied_time = (SELECT max(applied_time) FROM retention_runs) ORDER BY name",
        {},
    )

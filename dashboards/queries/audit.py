"""What the auditor found when it derived decided things again from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class Audit:
    """All rounds together, about the platform and not one tenant; of `untold` outputs nobody can tell whether they are equal."""

    outputs: int
    equal: int
    differing: int
    untold: int
    audited_time: datetime | None
    differed_time: datetime | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One output that is not what the log gives: its id, event type, place on the log, and a sentence each thing that differs."""

    output: str
    kind: str
    origin: str
    subject: str
    time: datetime
    differences: list[str]


def audit(store: Store) -> Audit | None:
    """The sum; None before the first round that looked at anything."""
    found = store.one(Audit, "audit", {})
    return found if found and found.audited_time else None


def differences(store: Store, tenants: Sequence[str], most: int = 20) -> list[Difference]:
    """The newest outputs that differ."""
    source = (
        "audit_differences(tenants={tenants:Array(String)}) ORDER BY time DESC, origin LIMIT {most:UInt32}"
    )
    return store.rows(Difference, source, {"tenants": tenants, "most": most})

"""What response remembers: how each device's credential stands and what it did by itself for each tenant lately."""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas.credential import Action

REMEMBERED_ALERTS = 64


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that waits for a person."""

    action: Action
    reason: str
    policy: str
    alert: str
    since: datetime | None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One device: `action` in force (None: none), event time of the newest decision, open proposals by id, what each alert led to."""

    action: Action | None = None
    decided_at: datetime | None = None
    proposals: dict[str, Proposal] = {}
    answered: dict[str, Action] = {}


class Standings(msgspec.Struct, kw_only=True):
    """Everything response knows of one partition; `spent` has the event times of what it decided by itself, by tenant, oldest first."""

    devices: dict[str, Standing] = {}
    spent: dict[str, list[datetime]] = {}
    seen: set[str] = set()


def newest(entries: dict[str, Action], limit: int) -> dict[str, Action]:
    """The last `limit` entries of a dict, in order."""
    return dict(list(entries.items())[-limit:])

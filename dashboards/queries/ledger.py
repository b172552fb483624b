"""Whether everything that came in is accounted for, and how old what is stored is. About the platform, not about one tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class Account:
    """The whole account. `difference` = accepted - archived - rejected: 0 once the archive has caught up."""

    received: int
    accepted: int
    dead_lettered: int
    archived: int
    rejected: int
    stored: int
    duplicates: int
    difference: int
    dead_letters_stored: int
    counted_time: datetime | None
    archived_time: datetime | None


@dataclass(frozen=True, slots=True)
class Channel:
    """What one way in counted, over all ingest processes that ever ran."""

    channel: str
    received: int
    accepted: int
    dead_lettered: int
    instances: int
    counted_time: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the archive is in one topic; `lag` of the log's end is not known here, its newest event is."""

    topic: str
    partitions: int
    records: int
    events: int
    rejected: int
    newest_time: datetime | None
    archived_time: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """What detection judged and what it didn't, over all partitions since the log began."""

    scored: int
    late: int
    infinite: int
    unmodelled: int
    devices: int
    forgotten: int
    duplicates: int
    flows_forgotten: int
    partitions: int
    counted_time: datetime | None


@dataclass(frozen=True, slots=True)
class Freshness:
    """When something was last stored, and the newest event time among the telemetry and security events stored."""

    archived_time: datetime | None
    newest_time: datetime | None


def account(store: Store) -> Account | None:
    """The account; None before the edge ever counted."""
    found = store.one(Account, "ledger", {})
    return found if found and found.received + found.archived + found.dead_letters_stored > 0 else None


def channels(store: Store) -> list[Channel]:
    """Every way in, the busiest first."""
    return store.rows(Channel, "ledger_channels ORDER BY received DESC, channel", {})


def judged(store: Store) -> Judged | None:
    """Detection's totals; None before it ever counted."""
    found = store.one(Judged, "detection_totals", {})
    return found if found and found.partitions else None


def progress(store: Store) -> list[Progress]:
    """Every topic the archive read something of."""
    source = """(
        SELECT topic, count() AS partitions, sum(records) AS records, sum(events) AS events, sum(rejected) AS rejected,
            max(newest_time) AS newest_time, max(archived_time) AS archived_time
        FROM archive_progress AS p GROUP BY topic
    ) ORDER BY topic"""
    return store.rows(Progress, source, {})


def freshness(store: Store) -> Freshness | None:
    """How fresh what is stored is; None before anything is."""
    source = """(
        SELECT max(archived_time) AS archived_time, maxIf(newest_time, topic IN ('telemetry', 'security-events')) AS newest_time,
            count() AS partitions
        FROM archive_progress AS p HAVING partitions > 0
    )"""
    return store.one(Freshness, source, {})

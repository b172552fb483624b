"""How long what is kept, and why: one declared table for Kafka (`schemas.topics`) and the store alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

DAY_MS = 86_400_000
FOR_EVER = -1


@dataclass(frozen=True, slots=True)
class Retention:
    """One class of data: the topics it lies on, `keep_ms` (`FOR_EVER` where it never goes by itself), the store's `table`, if rows of it
    go as well, and the reason a person is told."""

    name: str
    topics: tuple[str, ...]
    keep_ms: int
    why: str
    table: str = ""

    def cutoff(self, now: datetime) -> datetime:
        """What was recorded before this, on the hour, is too old at `now`; call only where `keep_ms` is not `FOR_EVER`."""
        return (now - timedelta(milliseconds=self.keep_ms)).replace(minute=0, second=0, microsecond=0)


RETENTION: tuple[Retention, ...] = (
    Retention(
        "raw input",
        ("telemetry.raw",),
        7 * DAY_MS,
        "only until ingest has it on the log: what was consumed is deleted on every run, the rest waits a week at most",
    ),
    Retention(
        "measurements",
        ("telemetry",),
        90 * DAY_MS,
        "baselines and backtests look back a quarter",
        "telemetry",
    ),
    Retention(
        "refused input",
        ("dead-letters",),
        30 * DAY_MS,
        "may hold anything, sealed as a whole: long enough to repair the sender and put it back",
        "dead_letters",
    ),
    Retention(
        "security events",
        ("security-events", "detections"),
        FOR_EVER,
        "evidence of decisions; what is personal in them is sealed and erased with its subject's key",
    ),
    Retention(
        "decisions",
        (
            "alerts",
            "analyst-actions",
            "credential-decisions",
            "enforcement-receipts",
            "rollouts",
            "gate-verdicts",
        ),
        FOR_EVER,
        "what was decided and done must stay explainable and provable",
    ),
    Retention(
        "accounts and proofs",
        ("ledger", "dead-letter-actions", "proof-leaves", "proof-checkpoints", "privacy", "audits"),
        FOR_EVER,
        "what the numbers, proofs and erasures themselves rest on",
    ),
    Retention("inventory", ("inventory",), FOR_EVER, "what runs where and what is known of it"),
    Retention(
        "worker snapshots",
        ("detection-snapshots",),
        FOR_EVER,
        "compacted: only the newest two of a worker are kept",
    ),
)


def keep_ms(topic: str) -> int:
    """How long a topic keeps a record in milliseconds, `FOR_EVER` (-1, as Kafka says it) for ever; KeyError where nobody declared it."""
    for one in RETENTION:
        if topic in one.topics:
            return one.keep_ms
    raise KeyError(topic)

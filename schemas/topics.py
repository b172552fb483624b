"""Every topic of the log: one declared table, applied to a broker by `streams.log.topics`.

`key` says what groups records; topics with the same key and partition count are co-partitioned: all events of one device are in the same
partition number of each. Keys are spread with Kafka's own default partitioner (murmur2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from schemas.retention import keep_ms

PARTITIONS = 4
MAX_EVENT_BYTES = 1_048_576
MAX_RECORD_BYTES = 16_777_216


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its key, how long it keeps what, and the only process that may write it.

    `writers` are process names; an empty tuple means anybody outside. How long records are kept is declared by class in
    `schemas.retention`.
    """

    name: str
    key: Literal["none", "device", "rollout", "instance", "leaf", "log", "letter", "firmware"]
    writers: tuple[str, ...]
    partitions: int = PARTITIONS
    cleanup: Literal["delete", "compact"] = "delete"
    config: dict[str, str] = field(default_factory=dict)
    kept_as: str = ""  # the declared topic whose retention it shares, where it is not declared itself

    @property
    def retention_ms(self) -> int:
        """How long a record is kept, -1 for ever."""
        return keep_ms(self.kept_as or self.name)

    @property
    def settings(self) -> dict[str, str]:
        """The topic's configuration as Kafka names it."""
        return {
            "retention.ms": str(self.retention_ms),
            "cleanup.policy": self.cleanup,
            "max.message.bytes": str(MAX_RECORD_BYTES),
            "message.timestamp.type": "CreateTime",
            **self.config,
        }


TOPICS: dict[str, Topic] = {
    topic.name: topic
    for topic in (
        # Personal data in plain text: deleted once consumed, and only closed segments are.
        Topic("telemetry.raw", "none", (), config={"segment.ms": "600000"}),
        # A roll-back of models is asked for among what they learn (`schemas.roll_back`).
        Topic("telemetry", "device", ("ingest", "control")),
        Topic("security-events", "device", ("ingest", "control")),
        Topic(
            "dead-letters", "none", ("ingest", "detection", "triage", "response", "enforcement", "archive")
        ),
        # One partition: actions on different letters have one order for whoever audits them.
        Topic("dead-letter-actions", "letter", ("dead_letters",), partitions=1),
        Topic("ledger", "instance", ("ingest", "detection"), partitions=1),
        Topic("detections", "device", ("detection",)),
        Topic(
            "detection-snapshots",
            "device",
            ("detection",),
            cleanup="compact",
            # Only closed segments are compacted, and of a snapshot only the newest two generations are ever read.
            config={"segment.ms": "600000", "segment.bytes": "134217728", "min.cleanable.dirty.ratio": "0.2"},
        ),
        Topic("alerts", "device", ("triage",)),
        Topic("analyst-actions", "device", ("control",)),
        Topic("credential-decisions", "device", ("response",)),
        Topic("enforcement-receipts", "device", ("enforcement",)),
        Topic("audits", "device", ("replay",), partitions=1),
        Topic("rollouts", "rollout", ("control",), partitions=1),
        Topic("gate-verdicts", "rollout", ("rollout",), partitions=1),
        # One partition: components, vulnerabilities and assessments have one order, so findings are a function of a prefix.
        Topic("inventory", "firmware", ("inventory",), partitions=1),
        # Each leaf has a key of its own, so all are kept; only one written again without its salt replaces the first.
        Topic(
            "proof-leaves",
            "leaf",
            ("proof", "privacy"),
            partitions=1,
            cleanup="compact",
            # Only closed segments are compacted: a salt is gone for good this long, at most, after it was erased and something followed.
            config={"segment.ms": "600000", "min.cleanable.dirty.ratio": "0.01"},
        ),
        Topic("proof-checkpoints", "log", ("proof",), partitions=1),
        # One partition: erasures and retention have one order.
        Topic("privacy", "device", ("control", "privacy"), partitions=1),
    )
}

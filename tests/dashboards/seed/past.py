"""What happened, collected and written as the archive's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from schemas import ids, migrations
from schemas.event import Envelope, Event, encode
from schemas.roll_back import RollBack, event_of

Row = list[Any]
# What a stranger may call a thing.
ODD = "<img src=x onerror=alert(1)> **cam** $x^2$ :red[a]"

EVENT_COLUMNS = [
    "tenant", "topic", "subject", "id", "type", "source", "time", "cause", "data",
    "kafka_partition", "kafka_offset", "archived_time", "recorded_time",
]  # fmt: skip
TELEMETRY_COLUMNS = [
    "tenant", "device", "event_time", "received_time", "event_id", "model", "site", "firmware", "metrics",
    "kafka_partition", "kafka_offset", "recorded_time",
]  # fmt: skip
ASKED_COLUMNS = [
    "tenant",
    "roll_back",
    "data",
    "kafka_partition",
    "kafka_offset",
    "recorded_time",
    "archived_time",
]
LETTER_COLUMNS = [
    "id", "tenant", "device", "code", "field", "reason", "origin", "process", "time", "size_bytes", "raw",
    "kafka_partition", "kafka_offset", "archived_time",
]  # fmt: skip
RANGE_COLUMNS = [
    "topic", "kafka_partition", "first_offset", "last_offset", "records", "events", "rejected", "newest_time", "archived_time",
]  # fmt: skip


@dataclass
class Past:
    """Collects what happened and writes it as the archive's rows."""

    now: datetime
    events: list[Row] = field(default_factory=list)
    telemetry: list[Row] = field(default_factory=list)
    asked: list[Row] = field(default_factory=list)

    def at(self, seconds_ago: float) -> datetime:
        """The time this many seconds before now."""
        return self.now - timedelta(seconds=seconds_ago)

    def happened(
        self,
        seconds_ago: float,
        tenant: str,
        subject: str,
        data: Event,
        event_id: str = "",
        *,
        late_s: float = 0.02,
    ) -> None:
        """An event about `subject` that the log had `late_s` after it happened."""
        offset = len(self.events)
        envelope = Envelope(
            id=event_id or ids.derive("seed", tenant, subject, offset),
            type=type(data).TYPE,
            source="test",
            subject=subject,
            tenant=tenant,
            time=self.at(seconds_ago),
            data=data,
        )
        self.events.append(
            [
                tenant, type(data).TOPIC, subject, envelope.id, envelope.type, "test", envelope.time, "", encode(envelope).decode(),
                0, offset, self.now, envelope.time + timedelta(seconds=late_s),
            ]
        )  # fmt: skip

    def asked_for(self, seconds_ago: float, asked: RollBack, partition: int) -> None:
        """A roll-back that was put into one partition."""
        data = encode(event_of(asked, partition)).decode()
        offset = len(self.asked)
        self.asked.append([asked.tenant, asked.id, data, partition, offset, self.at(seconds_ago), self.now])

    def reported(
        self, seconds_ago: float, tenant: str, device: str, model: str, site: str, metrics: dict[str, float]
    ) -> None:
        """A device's telemetry report."""
        time, offset = self.at(seconds_ago), len(self.telemetry)
        self.telemetry.append(
            [
                tenant, device, time, time + timedelta(seconds=0.2), ids.digest(tenant, device, offset), model, site, "4.2.0", metrics,
                0, offset, time + timedelta(seconds=0.3),
            ]
        )  # fmt: skip

    def store(self, client: Any) -> None:
        """Write what was told so far."""
        client.insert("events", self.events, column_names=EVENT_COLUMNS)
        if self.telemetry:
            client.insert("telemetry", self.telemetry, column_names=TELEMETRY_COLUMNS)
        if self.asked:
            client.insert("roll_backs_asked", self.asked, column_names=ASKED_COLUMNS)

    def ranges(self) -> list[Row]:
        """The ledger's account of it: one range a topic, `telemetry` last."""
        topics: dict[str, list[datetime]] = {}
        for row in self.events:
            topics.setdefault(row[1], []).append(row[6])
        topics["telemetry"] = [row[2] for row in self.telemetry]
        return [self._range(topic, times) for topic, times in topics.items()]

    def _range(self, topic: str, times: Sequence[datetime]) -> Row:
        return [topic, 0, 0, len(times) - 1, len(times), len(times), 0, max(times), self.now]


def migrate(client: Any) -> None:
    """Make every table and view."""
    for migration in migrations.load():
        for statement in migration.statements:
            client.command(statement)

"""Writes a small campaign into a real log: assignments and telemetry batches as the control API and the edge would."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pyarrow as pa

from schemas import telemetry
from schemas.event import Envelope, aggregate_key
from schemas.ids import derive, digest
from schemas.rollout import Arm, DeviceAssigned, GatePolicy, RolloutEvent, StageFinished, StageStarted
from schemas.topics import TOPICS
from streams.log.partition import partition_of
from streams.log.writer import LogWriter

Report = tuple[str, datetime, float | None]


def batch(tenant: str, reports: Iterable[Report], received: datetime | None = None) -> pa.RecordBatch:
    """One telemetry batch of (device, time, boot_count) reports, received when they happened unless told otherwise."""
    rows = list(reports)
    schema = telemetry.schema_for(["boot_count", "temperature_c"])
    columns: dict[str, list[object]] = {
        "event_id": [digest("test", tenant, device, time.isoformat()) for device, time, _ in rows],
        "tenant": [tenant for _ in rows],
        "device": [device for device, _, _ in rows],
        "event_time": [time for _, time, _ in rows],
        "received_time": [received or time for _, time, _ in rows],
        "model": [None for _ in rows],
        "site": [None for _ in rows],
        "firmware": [None for _ in rows],
        "metric.boot_count": [boots for _, _, boots in rows],
        "metric.temperature_c": [20.0 for _ in rows],
    }
    return pa.RecordBatch.from_pydict(columns, schema=schema)


class CampaignLog:
    """One rollout of one tenant in a log; every method returns after Kafka has what it wrote."""

    def __init__(
        self, bootstrap: str, tenant: str, rollout: str, start: datetime, policy: GatePolicy
    ) -> None:
        self.tenant, self.rollout, self.start, self.policy = tenant, rollout, start, policy
        self._control = LogWriter(bootstrap, "control")
        self._ingest = LogWriter(bootstrap, "ingest")

    def at(self, seconds: float) -> datetime:
        """The event time this long after the start."""
        return self.start + timedelta(seconds=seconds)

    def append(self, event: RolloutEvent, *identity: str | int, seconds: float = 0.0) -> None:
        """Write one campaign event."""
        self._control.append(
            Envelope(
                id=derive("rollout", self.tenant, self.rollout, event.TYPE, *identity),
                type=event.TYPE,
                source="test",
                subject=self.rollout,
                tenant=self.tenant,
                time=self.at(seconds),
                data=event,
            )
        )

    def assign(self, arm: Arm, devices: Iterable[str], stage: int = 1) -> None:
        """Assign devices to an arm at the start."""
        for device in devices:
            self.append(
                DeviceAssigned(stage=stage, arm=arm, device=device, policy=self.policy), stage, device
            )
        self._control.flush()

    def begin(self, treatment: int, control: int, stage: int = 1) -> None:
        """Start the stage's test."""
        self.append(StageStarted(stage=stage, treatment=treatment, control=control), stage)
        self._control.flush()

    def finish(self, stage: int = 1, seconds: float = 100.0) -> None:
        """Say that the controller acted on the verdict."""
        self.append(StageFinished(stage=stage, outcome="promoted"), stage, seconds=seconds)
        self._control.flush()

    def report(self, devices: Iterable[str], seconds: Iterable[float], boots: float | None = 3.0) -> None:
        """Telemetry of each device at each of these seconds, in one batch a partition and second."""
        named = list(devices)
        for second in seconds:
            self.write([(device, self.at(second), boots) for device in named])
        self._ingest.flush()

    def write(self, reports: Iterable[Report], received: datetime | None = None) -> None:
        """Telemetry batches of these reports, one a partition."""
        partitions: dict[int, list[Report]] = {}
        for report in reports:
            number = partition_of(aggregate_key(self.tenant, report[0]), TOPICS["telemetry"].partitions)
            partitions.setdefault(number, []).append(report)
        for number, rows in sorted(partitions.items()):
            headers, value = telemetry.encode(batch(self.tenant, rows, received))
            self._ingest.append_raw("telemetry", value, headers=headers, partition=number)
        self._ingest.flush()

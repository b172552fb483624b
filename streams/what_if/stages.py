"""The rollout stages of a stretch, and what telemetry says of their devices: which boot counts, last seen when, at each offset.

The gate's job counts the same in Flink's SQL operators (`streams.rollout.job`); here it is counted in columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from detectors.gates.standing import EPOCH
from detectors.variant.variant import Variant
from schemas.boot_count import boot_counts
from schemas.event import Envelope
from schemas.rollout import DeviceAssigned, StageFinished, StageStarted
from streams.what_if.history import Written

Key = tuple[str, str, int]
Numbers = npt.NDArray[np.int64]
NO_COUNT = -1


def microseconds(time: datetime) -> int:
    """Unix microseconds of an aware time."""
    return (time - EPOCH) // timedelta(microseconds=1)


@dataclass(slots=True)
class StageLog:
    """One stage: its events on `rollouts` in order, and reports of its devices as rows
    (partition, offset, written_ms, device, boot count or NO_COUNT, seen_us)."""

    key: Key
    events: list[Written]
    devices: dict[str, int]
    rows: list[Numbers] = field(default_factory=list)
    began_us: int = 0

    def __post_init__(self) -> None:
        """When the first of its events happened."""
        self.began_us = min(microseconds(event.envelope.time) for event in self.events)

    @property
    def finished(self) -> Written | None:
        """The event that ended it, if it has ended."""
        return next((one for one in self.events if isinstance(one.envelope.data, StageFinished)), None)


def stages_in(rollouts: Iterable[Written], stretch: Variant) -> list[StageLog]:
    """The stages whose first event lies in the stretch, in the order in which they began."""
    events: dict[Key, list[Written]] = {}
    for one in rollouts:
        if (stage := stage_of(one.envelope)) is not None:
            events.setdefault((one.envelope.tenant, one.envelope.subject, stage), []).append(one)
    found = []
    for key, mine in events.items():
        first = min(one.envelope.time for one in mine)
        names = [one.envelope.data.device for one in mine if isinstance(one.envelope.data, DeviceAssigned)]
        if names and stretch.covers(key[0], first):
            found.append(StageLog(key, mine, {name: n for n, name in enumerate(dict.fromkeys(names))}))
    return found


def stage_of(event: Envelope) -> int | None:
    """The number of the stage an event is about."""
    data = event.data
    return data.stage if isinstance(data, DeviceAssigned | StageStarted | StageFinished) else None


class Reports:
    """Telemetry as stages see it. `look` is called with each batch of the log, in order within its partition."""

    def __init__(self, stages: list[StageLog]) -> None:
        self._stages = stages
        self._tenants = {stage.key[0] for stage in stages}
        # A row a tenant, partition and record: how far the tenant's event time is.
        self._reached: list[tuple[str, int, int, int, int]] = []
        # Devices of a stage that were seen before it began need one row only: that their partition is known.
        self._known: set[tuple[Key, str]] = set()
        self._seen: dict[Key, int] = {}

    def reached(self, tenant: str) -> Numbers:
        """Rows (partition, offset, written_ms, newest seen_us of the record) of one tenant."""
        rows = [row[1:] for row in self._reached if row[0] == tenant]
        return np.array(rows, np.int64).reshape(-1, 4)

    def look(self, partition: int, offset: int, written_ms: int, batch: pa.RecordBatch) -> None:
        """Take one batch."""
        tenants = batch.column("tenant").cast(pa.string())
        present = self._tenants & set(pc.unique(tenants).to_pylist())
        if not present:
            return
        seen_us = pc.min_element_wise(
            batch.column("event_time").cast(pa.int64()), batch.column("received_time").cast(pa.int64())
        )
        for tenant in sorted(present):
            mask = pc.equal(tenants, tenant)
            newest_us = pc.max(seen_us.filter(mask)).as_py()
            self._reached.append((tenant, partition, offset, written_ms, newest_us))
            stages = [stage for stage in self._stages if stage.key[0] == tenant]
            wanted = [one for one in stages if newest_us >= one.began_us or self._is_waiting(one)]
            if wanted:
                rows = _rows(batch, mask, seen_us)
                for stage in wanted:
                    self._take(stage, (partition, offset, written_ms), rows)

    def _is_waiting(self, stage: StageLog) -> bool:
        """Whether a device of the stage was never seen so far."""
        return self._seen.get(stage.key, 0) < len(stage.devices)

    def _take(self, stage: StageLog, place: tuple[int, int, int], rows: dict[str, list[Any]]) -> None:
        began_us, found = stage.began_us, []
        for device, seen, boots in zip(rows["device"], rows["seen"], rows["boots"], strict=True):
            number = stage.devices.get(device)
            if number is None:
                continue
            if seen < began_us and (stage.key, device) in self._known:
                continue
            if (stage.key, device) not in self._known:
                self._known.add((stage.key, device))
                self._seen[stage.key] = self._seen.get(stage.key, 0) + 1
            found.append((*place, number, NO_COUNT if boots is None else boots, seen))
        if found:
            stage.rows.append(np.array(found, np.int64))


def _rows(batch: pa.RecordBatch, mask: Any, seen_us: Any) -> dict[str, list[Any]]:
    columns = {
        "device": batch.column("device").cast(pa.string()),
        "seen": seen_us,
        "boots": boot_counts(batch),
    }
    return {name: column.filter(mask).to_pylist() for name, column in columns.items()}

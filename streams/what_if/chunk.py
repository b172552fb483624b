"""Small batches observed many at once, with exactly the findings they give one by one.

A fleet that trickles in makes batches of a few rows, and most of the work on such a batch is not on its rows. Devices' baselines don't
depend on each other and learn from event times, and silence and clocks take row after row, so batches in which every device's times
ascend can be observed as one. Where that finds something the state is put back and they are observed one by one: what is said of a
device's peers and where the evidence lies depend on the single batch. Findings are rare, so this is seldom.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from detectors.baseline.parameters import Parameters
from detectors.state import State, observe_telemetry
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.telemetry import TOPIC
from streams.log.detecting import learn_again
from streams.log.stretch import Read
from streams.what_if.found import Found

MOST_ROWS, MOST_BATCHES = 2048, 128
# A batch of so many rows is worth its own work, and whoever has such has too many devices to keep a copy of their state.
SMALL_ROWS = 256


@dataclass(frozen=True, slots=True)
class Placed:
    """A batch, its offset, and when it was written."""

    offset: int
    written_ms: int
    batch: pa.RecordBatch


@dataclass(slots=True)
class Partition:
    """One partition under several baselines: their states, and the batches that wait."""

    number: int
    states: dict[Parameters, State]
    waiting: list[Placed] = field(default_factory=list)
    rows: int = 0

    def take(self, placed: Placed) -> Iterator[tuple[Parameters, Found]]:
        """Take one batch; what is found comes now or with a later one, in order."""
        large = placed.batch.num_rows > SMALL_ROWS
        if large or (self.waiting and placed.batch.schema != self.waiting[0].batch.schema):
            yield from self.settle()
        self.waiting.append(placed)
        self.rows += placed.batch.num_rows
        if large or self.rows >= MOST_ROWS or len(self.waiting) >= MOST_BATCHES:
            yield from self.settle()

    def roll_back(self, read: Read, offset: int) -> Iterator[tuple[Parameters, Found]]:
        """Take the roll-back at an offset: every state learns again."""
        yield from self.settle()
        for baseline, state in self.states.items():
            again = learn_again(state, read, self.number, offset)
            self.states[baseline] = again.state if again else state

    def settle(self) -> Iterator[tuple[Parameters, Found]]:
        """Observe what waits."""
        waiting, self.waiting, self.rows = self.waiting, [], 0
        together = joined([one.batch for one in waiting]) if len(waiting) > 1 else None
        for baseline in list(self.states):
            if together is None or not self._is_quiet(baseline, together):
                yield from ((baseline, found) for one in waiting for found in self._one(baseline, one))

    def _one(self, baseline: Parameters, one: Placed) -> list[Found]:
        found = observed(self.states[baseline], one.batch, f"{TOPIC}/{self.number}/{one.offset}")
        return [Found(self.number, one.written_ms, detection) for detection in found]

    def _is_quiet(self, baseline: Parameters, together: pa.RecordBatch) -> bool:
        """Whether all at once find nothing, and are then observed; else the state is as it was."""
        before = copy.deepcopy(self.states[baseline])
        if not observed(self.states[baseline], together, ""):
            return True
        self.states[baseline] = before
        return False


def joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch | None:
    """The batches as one, None where some device's times don't ascend over them, or it moves to another cohort."""
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    together = table.to_batches()[0]
    times = together.column("event_time").cast(pa.int64()).to_numpy()
    devices = _codes(together, "tenant") << 32 | _codes(together, "device")
    order = np.argsort(devices, kind="stable")
    same = np.diff(devices[order]) == 0
    ascend = (np.diff(times[order])[same] > 0).all()
    # A batch's device is of the cohort of its last row.
    stay = all((np.diff(_codes(together, name)[order])[same] == 0).all() for name in ("model", "site"))
    return together if ascend and stay else None


def observed(state: State, batch: pa.RecordBatch, origin: str) -> list[Envelope]:
    """The findings in a batch; none where live it went to the dead letters."""
    try:
        return observe_telemetry(state, batch, origin)
    except Rejected:
        return []


def _codes(batch: pa.RecordBatch, name: str) -> Any:
    return batch.column(name).indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)

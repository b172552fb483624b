"""Small batches observed many at once, with exactly the findings they give one by one.

Where batches joined (`detectors.joining`) find something the state is put back and they are observed one by one: what is said of a device's
peers and where the evidence lies depend on the single batch. Findings are rare, so this is seldom.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from detectors.baseline.parameters import Parameters
from detectors.joining import Joined, fits, joined
from detectors.state import State, observe_telemetry
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.telemetry import TOPIC
from streams.log.learning import learn_again
from streams.log.stretch import Read
from streams.what_if.found import Found


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

    def take(self, placed: Placed) -> Iterator[tuple[Parameters, Found]]:
        """Take one batch; what is found comes now or with a later one, in order."""
        if not fits([one.batch for one in self.waiting], placed.batch):
            yield from self.settle()
        self.waiting.append(placed)

    def roll_back(self, read: Read, offset: int) -> Iterator[tuple[Parameters, Found]]:
        """Take the roll-back at an offset: every state learns again."""
        yield from self.settle()
        for baseline, state in self.states.items():
            again = learn_again(state, read, self.number, offset)
            self.states[baseline] = again.state if again else state

    def settle(self) -> Iterator[tuple[Parameters, Found]]:
        """Observe what waits."""
        waiting, self.waiting = self.waiting, []
        batches = [one.batch for one in waiting]
        for baseline in list(self.states):
            together = joined(self.states[baseline], batches)
            if together is None or not self._is_quiet(baseline, together):
                yield from ((baseline, found) for one in waiting for found in self._one(baseline, one))

    def _one(self, baseline: Parameters, one: Placed) -> list[Found]:
        found = observed(self.states[baseline], one.batch, f"{TOPIC}/{self.number}/{one.offset}")
        return [Found(self.number, one.written_ms, detection) for detection in found]

    def _is_quiet(self, baseline: Parameters, together: Joined) -> bool:
        """Whether all at once find nothing, and are then observed; else the state is as it was."""
        before = copy.deepcopy(self.states[baseline])
        if not observed(self.states[baseline], together.batch, "", together.parts):
            return True
        self.states[baseline] = before
        return False


def observed(state: State, batch: pa.RecordBatch, origin: str, parts: Sequence[int] = ()) -> list[Envelope]:
    """The findings in a batch; none where live it went to the dead letters."""
    try:
        return observe_telemetry(state, batch, origin, parts)
    except Rejected:
        return []

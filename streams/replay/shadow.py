"""Detection beside detection: the state of one partition that the auditor keeps, and the outputs it has not come to yet."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

from schemas.event import Envelope
from streams.log.detecting import INPUTS
from streams.log.record import Record
from streams.log.stretch import Read
from streams.replay.detection_state import Derivation
from streams.replay.detections import place_of

# The most input records a round takes of one partition and input; a batch has up to some thousand events.
MOST_INPUTS = 500
REMEMBERED_CAUSES = 5000


class Shadow:
    """One partition. `derived` has what its newest inputs completed, `waiting` outputs in order, `next_output` the offset to go on from."""

    def __init__(self, derivation: Derivation) -> None:
        self._derivation = derivation
        self._begun = dict(derivation.offsets)
        self._forgotten = dict(derivation.offsets)
        self.next_output = 0
        self.derived: dict[str, dict[str, Envelope]] = defaultdict(dict)
        self.waiting: deque[Record] = deque()

    def advance(self, read: Read, ends: Mapping[str, int]) -> None:
        """Take what came, some of it."""
        for topic in INPUTS:
            stop = min(ends[topic], self._derivation.offsets[topic] + MOST_INPUTS)
            for origin, finding in self._derivation.advance(read, topic, stop):
                self.derived[origin][finding.id] = finding

    def reached(self, ends: Mapping[str, int]) -> int:
        """How many of the waiting outputs, from the first, can be judged: their cause was taken, or never was on the log."""
        for count, record in enumerate(self.waiting):
            place = place_of(record)
            if place is not None and self._derivation.offsets[place[0]] <= place[1] < ends[place[0]]:
                return count
        return len(self.waiting)

    def is_before(self, record: Record) -> bool:
        """Whether an output follows from an input before those the shadow has seen."""
        place = place_of(record)
        return place is not None and place[1] < self._begun[place[0]]

    def untold(self, record: Record) -> str:
        """Why nothing can be said about an output that seems not to follow; empty where something can."""
        place = place_of(record)
        if place is not None and place[1] < self._forgotten[place[0]]:
            return "it came long after its cause, and the auditor no longer has what that completed; `verify` can tell"
        return ""

    def forget(self) -> None:
        """Let go of what the oldest causes completed where there are too many."""
        while len(self.derived) > REMEMBERED_CAUSES:
            origin = next(iter(self.derived))
            topic, _, offset = origin.split("/")
            self._forgotten[topic] = max(self._forgotten[topic], int(offset) + 1)
            del self.derived[origin]

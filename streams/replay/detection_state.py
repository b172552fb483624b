"""Detection's state derived from the log again: the fold of its inputs, record by record, by the same pure code its worker runs.

Telemetry makes the baselines and security events the rules' memory, neither sees the other, so the state at any pair of offsets is the
fold of the two prefixes, whatever order a worker took them in. It begins at the log's beginning or at a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from detectors import snapshot
from detectors.state import State
from schemas.errors import Retryable
from schemas.event import Envelope
from streams.log.detecting import INPUTS, taken, told
from streams.log.provenance import START, link
from streams.log.record import Record
from streams.log.snapshots import Snapshot
from streams.log.stretch import Read


class Derivation:
    """One partition's state; `offsets` are the next record of each input, `hashes` the chain over those before."""

    def __init__(self, partition: int, begun: Snapshot | None = None) -> None:
        self.partition = partition
        self.state = snapshot.decode(begun.data) if begun else State()
        self.offsets = {topic: begun.offsets.get(topic, 0) if begun else 0 for topic in INPUTS}
        self.hashes = dict(begun.hashes) if begun else dict.fromkeys(INPUTS, START)

    def advance(self, read: Read, topic: str, end: int) -> Iterator[tuple[str, Envelope]]:
        """Take one input up to `end`; the origin of each record that completes something, with what, as its worker writes it."""
        for record in read(topic, self.partition, self.offsets[topic], end):
            before = self.hashes.get(topic, "")
            for finding in self._observe(record, read):
                yield record.origin, told(finding, before)
            self.hashes[topic] = link(before, record.value or b"")
            self.offsets[topic] = record.offset + 1
        self.offsets[topic] = max(self.offsets[topic], end)

    def _observe(self, record: Record, read: Read) -> list[Envelope]:
        """What a record completes; nothing where detection refuses it, or fails: then it is in the dead letters."""
        try:
            done = taken(self.state, record, read)
        except Retryable:
            raise
        except Exception:
            return []
        self.state = done.state
        return done.findings


def derived(read: Read, partition: int, ends: Mapping[str, int]) -> Derivation:
    """The state of one partition at these offsets (the next one of each input), from the log's beginning."""
    derivation = Derivation(partition)
    for topic in INPUTS:
        for _ in derivation.advance(read, topic, ends.get(topic, 0)):
            pass
    return derivation

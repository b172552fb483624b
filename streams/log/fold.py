"""A worker's state as the fold of what it wrote: read the own output partition to its end, and know which inputs are done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic

from detectors.decider import Decider, State
from schemas.errors import Fatal, Rejected
from schemas.event import Envelope
from streams.log.provenance import START, link
from streams.log.reader import records
from streams.log.record import Record, parse_origin


@dataclass(slots=True)
class Partition(Generic[State]):
    """One partition's state, the hash of what it is the fold of, and for each input topic the highest offset that has a consequence."""

    state: State
    done: dict[str, int] = field(default_factory=dict)
    statehash: str = START

    def is_done(self, record: Record) -> bool:
        """Whether this input was worked on before: inputs are taken in order, so a later one's consequence proves it."""
        return record.offset <= self.done.get(record.topic, -1)

    def mark(self, topic: str, offset: int) -> None:
        """Remember that everything of `topic` up to `offset` is done."""
        self.done[topic] = max(offset, self.done.get(topic, -1))

    def evolve(self, decider: Decider[State], output: Envelope, value: bytes) -> None:
        """Take one own output, whose record value is `value`, into the state; the same id only once."""
        self.state = decider.evolve(self.state, output)
        self.statehash = link(self.statehash, output.id, value)


def fold(decider: Decider[State], outputs: Iterable[Record]) -> Partition[State]:
    """The state after these outputs, in order, each id once; Fatal where one can't be read: an output log with a hole proves nothing."""
    partition = Partition(decider.initial())
    seen: set[str] = set()
    for record in outputs:
        try:
            envelope = record.envelope()
        except Rejected as error:
            raise Fatal(f"own output {record.origin} cannot be read: {error}") from None
        cause = parse_origin(envelope.cause)
        if cause is not None:
            partition.mark(cause[0], cause[2])
        if envelope.id not in seen:
            seen.add(envelope.id)
            partition.evolve(decider, envelope, record.value or b"")
    return partition


def restore(decider: Decider[State], bootstrap: str, topic: str, partition: int) -> Partition[State]:
    """Fold one output partition as it stands now; Retryable where Kafka doesn't answer."""
    read = records(bootstrap, topic, partitions=[partition])
    return fold(decider, (Record.of_confluent(message) for message in read))

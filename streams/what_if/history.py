"""The log as a what-if reads it: events with where and when they were written, up to one end that is fixed at the start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from confluent_kafka import Message

from schemas.errors import Rejected
from schemas.event import Envelope
from streams.log.reader import end_offsets, records
from streams.log.record import Record
from streams.log.stretch import Read, reading

INPUTS = ("telemetry", "security-events")
FACTS = ("analyst-actions", "detections", "alerts", "credential-decisions", "rollouts", "gate-verdicts")
# How many records lie between two looks at whether to go on.
STEP = 200


class Cancelled(Exception):  # noqa: N818
    """Somebody asked for the end of this what-if."""


class Watch(Protocol):
    """Who is told how far the reading is; raises Cancelled where it shall end."""

    def read(self, records: int, events: int, reached: datetime | None) -> None:
        """So many more log records and events were read, up to this event time."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """One event on the log: its place and the time it was written, in Unix milliseconds."""

    topic: str
    partition: int
    offset: int
    written_ms: int
    envelope: Envelope

    @property
    def origin(self) -> str:
        """`topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"


Ends = dict[str, dict[int, int]]


class History:
    """The log up to where it ended when this was made. Everything read is counted with `watch`."""

    def __init__(self, bootstrap: str, watch: Watch) -> None:
        self._bootstrap, self._watch = bootstrap, watch
        # The inputs first: what was derived from them is then on the log, or will be within moments.
        self.ends: Ends = {topic: end_offsets(bootstrap, topic) for topic in (*INPUTS, *FACTS)}

    @property
    def total(self) -> int:
        """How many log records there are at most."""
        return sum(sum(ends.values()) for ends in self.ends.values())

    def messages(self, topic: str) -> Iterator[Message]:
        """The records of one topic, in order within each partition."""
        ends = self.ends[topic]
        for message in records(self._bootstrap, topic):
            if message.offset() < ends.get(message.partition(), 0):
                yield message

    def stretches(self) -> Read:
        """Any stretch of the log, read once more and not counted."""
        return reading(self._bootstrap)

    def events(self, topic: str) -> Iterator[Written]:
        """The events of one topic; what is none went to the dead letters when it was live and is passed over."""
        read, reached = 0, None
        for message in self.messages(topic):
            read += 1
            try:
                envelope = Record.of_confluent(message).envelope()
            except Rejected:
                continue
            reached = envelope.time
            yield Written(topic, message.partition(), message.offset(), int(message.timestamp()[1]), envelope)
            if read == STEP:
                self._watch.read(read, read, reached)
                read = 0
        self._watch.read(read, read, reached)


def first_of_each(events: Iterable[Written]) -> Iterator[Written]:
    """Each event id once, where it was written first: what a worker wrote again after a crash says nothing new."""
    seen: set[str] = set()
    for event in events:
        if event.envelope.id not in seen:
            seen.add(event.envelope.id)
            yield event


def partitions(events: Iterable[Written]) -> dict[int, list[Written]]:
    """Events by partition, in their order."""
    found: dict[int, list[Written]] = {}
    for event in events:
        found.setdefault(event.partition, []).append(event)
    return found

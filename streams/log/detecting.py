"""What one record of detection's inputs does to a partition's state: the same for its worker and for whoever derives it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from detectors.snapshot import models_hash
from detectors.state import State, observe_event, observe_telemetry
from detectors.unlearning import Again, Past, learned_again
from schemas import telemetry
from schemas.detection import DetectionRaised
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.roll_back import ModelsRolledBack, RollBack, roll_back_in
from schemas.security import SECURITY_EVENTS, SecurityEvent
from streams.log.provenance import Provenance
from streams.log.record import Record
from streams.log.stretch import Read

INPUTS = (telemetry.TOPIC, SECURITY_EVENTS)
NO_ROWS = ("rows", b"0")


class Taken(NamedTuple):
    """The state after a record, what the record completed, and what became of the roll-back it was, if it was one."""

    state: State
    findings: list[Envelope]
    rolled_back: ModelsRolledBack | None = None


def taken(state: State, record: Record, read: Read) -> Taken:
    """Take one record; Rejected, with nothing changed, where it is not what its topic holds.

    A roll-back is answered by another state and reads the partition's telemetry again (Retryable where the log does not answer);
    everything else changes the state given, at once.
    """
    if record.value is None:
        raise Rejected("empty", "", "has no value")
    if record.topic == telemetry.TOPIC:
        batch = telemetry.decode(record.value)
        asked = roll_back_in(batch)
        if asked is not None:
            return _rolled_back(state, record, asked, read)
        return Taken(state, observe_telemetry(state, batch, record.origin))
    envelope = record.envelope()
    if not isinstance(envelope.data, SecurityEvent):
        raise Rejected("wrong_type", "type", "is not a security event")
    return Taken(state, observe_event(state, envelope, record.origin))


def told(detection: Envelope, statehash: str) -> Envelope:
    """The detection with what found it, and in which state before the record that completed it."""
    data = detection.data
    decider = str(Provenance(data.detector, data.version)) if isinstance(data, DetectionRaised) else ""
    return msgspec.structs.replace(detection, decider=decider, statehash=statehash)


def may_take_long(record: Record) -> bool:
    """Whether a record may be a roll-back, seen without opening it."""
    return record.topic == telemetry.TOPIC and NO_ROWS in record.headers


def learn_again(state: State, read: Read, partition: int, offset: int) -> Again | None:
    """The state that has learned the partition's telemetry up to `offset` again, without what roll-backs up to there named.

    None where the one at `offset` has the id of an earlier one: it was asked for twice and is done.
    """
    asked = [
        (record.offset, one)
        for record in read(telemetry.TOPIC, partition, 0, offset + 1)
        if (may_take_long(record) or record.offset == offset) and (one := _asked(record)) is not None
    ]
    if asked[-1][1].id in {one.id for _, one in asked[:-1]}:
        return None
    return learned_again(state, _past(read, partition, offset), asked)


def _rolled_back(state: State, record: Record, asked: RollBack, read: Read) -> Taken:
    again = learn_again(state, read, record.partition, record.offset)
    if again is None:
        return Taken(state, [])
    told = ModelsRolledBack(
        asked=asked,
        partition=record.partition,
        telemetry_offset=record.offset,
        reports=again.reports,
        unlearned=again.unlearned,
        models_before=models_hash(state),
        models_after=models_hash(again.state),
    )
    return Taken(again.state, [], told)


def _past(read: Read, partition: int, end: int) -> Iterator[Past]:
    for record in read(telemetry.TOPIC, partition, 0, end):
        try:
            yield Past(record.offset, telemetry.decode(record.value or b""))
        except Rejected:
            continue


def _asked(record: Record) -> RollBack | None:
    try:
        return roll_back_in(telemetry.decode(record.value or b""))
    except Rejected:
        return None

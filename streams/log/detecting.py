"""What one record of detection's inputs does to a partition's state: the same for its worker and for whoever derives it again."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from detectors.snapshot import flows_hash, models_hash
from detectors.state import State, observe_event, observe_telemetry
from schemas import telemetry
from schemas.detection import DetectionRaised
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.roll_back import FlowsRolledBack, ModelsRolledBack, RollBack, RollBackAsked, roll_back_in
from schemas.security import SECURITY_EVENTS, SecurityEvent
from streams.log.learning import learn_again, learn_flows_again
from streams.log.provenance import Provenance
from streams.log.record import Record
from streams.log.stretch import Read

INPUTS = (telemetry.TOPIC, SECURITY_EVENTS)


class Taken(NamedTuple):
    """The state after a record, what the record completed, and what became of the roll-back it was, if it was one."""

    state: State
    findings: list[Envelope]
    rolled_back: ModelsRolledBack | FlowsRolledBack | None = None


def taken(state: State, record: Record, read: Read) -> Taken:
    """Take one record; Rejected, with nothing changed, where it is not what its topic holds.

    A roll-back is answered by another state and reads the partition's input again (Retryable where the log does not answer);
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
    if isinstance(envelope.data, RollBackAsked):
        return _flows_rolled_back(state, record, envelope.data.asked, read)
    if not isinstance(envelope.data, SecurityEvent):
        raise Rejected("wrong_type", "type", "is not a security event")
    return Taken(state, observe_event(state, envelope, record.origin))


def told(detection: Envelope, statehash: str) -> Envelope:
    """The detection with what found it, and in which state before the record that completed it."""
    data = detection.data
    decider = str(Provenance(data.detector, data.version)) if isinstance(data, DetectionRaised) else ""
    return msgspec.structs.replace(detection, decider=decider, statehash=statehash)


def merged(state: State, topic: str, done: State) -> State:
    """`state`, which took more of the other input meanwhile, with what a record of `topic` left in `done`."""
    return State.of(done, state) if topic == telemetry.TOPIC else State.of(state, done)


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


def _flows_rolled_back(state: State, record: Record, asked: RollBack, read: Read) -> Taken:
    again = learn_flows_again(state.flows, read, record.partition, record.offset, asked)
    if again is None:
        return Taken(state, [])
    told = FlowsRolledBack(
        asked=asked,
        partition=record.partition,
        events_offset=record.offset,
        flows=again.learned,
        unlearned=again.unlearned,
        models_before=flows_hash(state.flows),
        models_after=flows_hash(again.flows),
    )
    after = State.of(state, state)
    after.flows = again.flows
    return Taken(after, [], told)

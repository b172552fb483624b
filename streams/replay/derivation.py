"""Deriving an output again: the same pure decider, the fold of the outputs before it, the input it names. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from schemas.errors import Rejected
from schemas.event import Envelope, encode, rfc3339
from schemas.topics import TOPICS
from streams.log.partition import partition_of
from streams.log.record import Record, parse_origin
from streams.replay.deciders import Deciding

ATTRIBUTES = ("id", "type", "source", "subject", "tenant")


@dataclass(frozen=True, slots=True)
class Finding:
    """What deriving one output again showed; `differences` is empty where it is equal, else one sentence each."""

    id: str
    type: str
    origin: str
    cause: str
    differences: tuple[str, ...]

    @property
    def equal(self) -> bool:
        """Whether the log gives exactly this output."""
        return not self.differences


def cause_of(deciding: Deciding, output: Record) -> tuple[str, int, int] | None:
    """Topic, partition and offset of the input an output names, None where it names none that its decider reads."""
    try:
        cause = parse_origin(output.envelope().cause)
    except Rejected:
        return None
    if cause is None or cause[0] not in deciding.inputs or cause[1] != output.partition:
        return None
    return cause


def derive_again(
    deciding: Deciding, outputs: Iterable[Record], wanted: Collection[int], causes: Mapping[str, Record]
) -> Iterator[Finding]:
    """Judge the wanted offsets of one output partition, given in order from its beginning; `causes` has their inputs by origin.

    Everything before an output counts as decided, also what was forged: that is how a worker folds it. So after a forged record later
    genuine ones about the same device may differ too; the first one found is the one to look at.
    """
    state = deciding.decider.initial()
    seen: dict[str, Envelope] = {}
    for record in outputs:
        try:
            envelope = record.envelope()
        except Rejected as error:
            if record.offset in wanted:
                yield Finding("", "", record.origin, "", (f"it cannot be read: {error}",))
            continue
        if record.offset in wanted:
            differences = tuple(_judge(deciding, record, envelope, state, seen, causes))
            yield Finding(envelope.id, envelope.type, record.origin, envelope.cause, differences)
        if envelope.id not in seen:
            seen[envelope.id] = envelope
            state = deciding.decider.evolve(state, envelope)


def _judge(
    deciding: Deciding,
    record: Record,
    envelope: Envelope,
    state: Any,
    seen: Mapping[str, Envelope],
    causes: Mapping[str, Record],
) -> Iterator[str]:
    if partition_of(envelope.key, TOPICS[deciding.output].partitions) != record.partition:
        yield f"it is in partition {record.partition}, where nothing about {envelope.subject} belongs"
    if envelope.id in seen:
        # Written twice by a worker that had lost its partition; readers drop the second.
        yield from _differences(seen[envelope.id], envelope, record, "the first record with this id")
        return
    cause = causes.get(envelope.cause)
    if cause is None or cause_of(deciding, record) is None:
        yield f"its cause {envelope.cause!r} is no input of {deciding.name} that is on the log"
        return
    derived = _decide(deciding, state, cause)
    if isinstance(derived, str):
        yield derived
    else:
        yield from _differences(derived, envelope, record, "derived")


def _decide(deciding: Deciding, state: Any, cause: Record) -> Envelope | str:
    """What follows from the cause, or why nothing does."""
    try:
        derived = deciding.decider.decide(state, cause.envelope())
    except Rejected as error:
        return f"{deciding.name} rejects {cause.origin}: {error}"
    if derived is None:
        return f"nothing follows from {cause.origin}"
    return msgspec.structs.replace(derived, cause=cause.origin)


def _differences(derived: Envelope, found: Envelope, record: Record, whose: str) -> Iterator[str]:
    """One sentence for each attribute and each field of the data that is not the same; the data as it is on the log, unknown fields too."""
    pairs = [(name, getattr(derived, name), getattr(found, name)) for name in (*ATTRIBUTES, "cause")]
    pairs.append(("time", rfc3339(derived.time), rfc3339(found.time)))
    wanted: dict[str, Any] = msgspec.json.decode(encode(derived))
    there: dict[str, Any] = msgspec.json.decode(record.value or b"{}")
    for name in dict.fromkeys([*wanted, *there]):
        pairs.append((f"data.{name}", wanted.get(name), there.get(name)))
    for name, right, wrong in pairs:
        if right != wrong:
            yield f"{name}: {whose} {_short(right)}, on the log {_short(wrong)}"


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]}..."

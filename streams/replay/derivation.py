"""Deriving an output again: the same pure decider, the fold of the outputs before it, the input it names. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from detectors.decider import Decider
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.topics import TOPICS
from streams.log.partition import partition_of
from streams.log.provenance import START, link
from streams.log.record import Record, parse_origin
from streams.replay.deciders import Deciding
from streams.replay.finding import Finding, differences, found, unreadable


def cause_of(deciding: Deciding, output: Record) -> tuple[str, int, int] | None:
    """Topic, partition and offset of the input an output names, None where it names none that its decider reads."""
    try:
        cause = parse_origin(output.envelope().cause)
    except Rejected:
        return None
    if cause is None or cause[0] not in deciding.inputs or cause[1] != output.partition:
        return None
    return cause


class Refold:
    """One output partition folded again, from its beginning; each output can be judged where it stands.

    Everything before an output counts as decided, also what was forged: that is how a worker folds it. So after a forged record later
    genuine ones about the same device may differ too, and the state hash of all later ones does not: the first one found is the one
    to look at.
    """

    def __init__(self, deciding: Deciding) -> None:
        self.deciding = deciding
        self.offset = 0
        self._decider = deciding.decider
        self._state = self._decider.initial()
        self._hash = START
        self._seen: dict[str, Envelope] = {}

    def take(self, record: Record, cause: Record | None = None, *, judged: bool = False) -> Finding | None:
        """Fold the next output; with `judged`, derive it again from `cause` first and say what that showed."""
        self.offset = record.offset + 1
        try:
            envelope = record.envelope()
        except Rejected as error:
            return unreadable(record, error) if judged else None
        finding = self._judge(record, envelope, cause) if judged else None
        if envelope.id not in self._seen:
            self._seen[envelope.id] = envelope
            self._state = self._decider.evolve(self._state, envelope)
            self._hash = link(self._hash, envelope.id, record.value or b"")
        return finding

    def _judge(self, record: Record, envelope: Envelope, cause: Record | None) -> Finding:
        deciding = self.deciding
        if partition_of(envelope.key, TOPICS[deciding.output].partitions) != record.partition:
            reason = f"it is in partition {record.partition}, where nothing about {envelope.subject} belongs"
            return found(record, envelope, (reason,))
        if first := self._seen.get(envelope.id):
            # Written twice by a worker that had lost its partition; readers drop the second.
            first = msgspec.structs.replace(first, decider=envelope.decider, statehash=envelope.statehash)
            return found(
                record, envelope, tuple(differences(first, envelope, record, "the first record with this id"))
            )
        if cause is None or cause_of(deciding, record) is None:
            reason = f"its cause {envelope.cause!r} is no input of {deciding.name} that is on the log"
            return found(record, envelope, (reason,))
        return self._derive(record, envelope, cause)

    def _derive(self, record: Record, envelope: Envelope, cause: Record) -> Finding:
        decider = self.deciding.that_decided(envelope.decider)
        if isinstance(decider, str):
            if decider.startswith("differs: "):
                return found(record, envelope, (decider.removeprefix("differs: "),))
            return found(record, envelope, untold=decider)
        derived = self._decide(decider, cause)
        if isinstance(derived, str):
            return found(record, envelope, (derived,))
        derived = msgspec.structs.replace(derived, decider=self.deciding.provenance(envelope.decider))
        return found(record, envelope, tuple(differences(derived, envelope, record)))

    def _decide(self, decider: Decider[Any], cause: Record) -> Envelope | str:
        """What follows from the cause, or why nothing does."""
        try:
            derived = decider.decide(self._state, cause.envelope())
        except Rejected as error:
            return f"{self.deciding.name} rejects {cause.origin}: {error}"
        if derived is None:
            return f"nothing follows from {cause.origin}"
        return msgspec.structs.replace(derived, cause=cause.origin, statehash=self._hash)


def derive_again(
    deciding: Deciding, outputs: Iterable[Record], wanted: Collection[int], causes: Mapping[str, Record]
) -> Iterator[Finding]:
    """Judge the wanted offsets of one output partition, given in order from its beginning; `causes` has their inputs by origin."""
    refold = Refold(deciding)
    for record in outputs:
        judged = record.offset in wanted
        finding = refold.take(record, causes.get(cause_text(record)) if judged else None, judged=judged)
        if finding is not None:
            yield finding


def cause_text(record: Record) -> str:
    """The input a record names, as it names it."""
    return dict(record.headers).get("ce_cause", b"").decode("utf-8", "replace")

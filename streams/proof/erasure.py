"""Erasing what could tie a leaf to its record. The leaf's hash stays, so every proof stays valid; only what it was can't be shown."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from schemas.event import Envelope
from schemas.proof import LeafAppended
from streams.log.reader import records
from streams.log.record import Record
from streams.log.writer import LogWriter


def erase_salts(bootstrap: str, origins: Collection[str]) -> int:
    """Write the leaves of these records (`topic/partition/offset`) again without their salts; returns how many had one.

    Kafka removes the first writing when it compacts `proof-leaves`. May run beside the proof process and twice. Raises Retryable
    where Kafka doesn't answer.
    """
    writer = LogWriter(bootstrap, "proof")
    envelopes = [
        Record.of_confluent(message).envelope() for message in records(bootstrap, LeafAppended.TOPIC)
    ]
    found = without_salt(envelopes, origins)
    for envelope in found:
        writer.append(envelope)
    writer.flush()
    return len(found)


def without_salt(envelopes: Iterable[Envelope], origins: Collection[str]) -> list[Envelope]:
    """The newest leaf event of each of these records that still has its salt, without it."""
    newest: dict[int, Envelope] = {}
    for envelope in envelopes:
        if isinstance(envelope.data, LeafAppended) and envelope.data.origin in origins:
            newest[envelope.data.index] = envelope
    return [
        msgspec.structs.replace(envelope, data=msgspec.structs.replace(leaf, salt=""))
        for envelope in newest.values()
        if isinstance(leaf := envelope.data, LeafAppended) and leaf.salt
    ]

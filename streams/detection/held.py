"""One partition as detection's worker holds it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import NamedTuple

from detectors.state import State
from schemas.ledger import DetectionCounted
from streams.log.handler import Ack
from streams.log.record import Record


class Behind(NamedTuple):
    """The newest record of an input that came while that input was learned again, and all acknowledgements of those that came.

    Those before the newest are not kept: they are read from the log, as after a crash.
    """

    newest: Record
    acks: list[Ack]


@dataclass(slots=True)
class Held:
    """One partition: its state, the next offset of each input, and the acknowledgements that wait for a snapshot of it.

    `hashes` is for each input the chain over all its records that made the state (see `streams.log.provenance`). While an input is
    `learning` again what it taught stays as it was, and what comes of it meanwhile is `behind`. Once `dropped` nobody wants the state any
    more.
    """

    state: State
    offsets: dict[str, int]
    hashes: dict[str, str]
    turn: int
    snapshot_at_s: float
    waiting: list[Ack] = field(default_factory=list)
    told: DetectionCounted | None = None
    learning: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    behind: dict[str, Behind] = field(default_factory=dict)
    dropped: bool = False

    def postpone(self, record: Record, ack: Ack) -> None:
        """Keep a record for when its input goes on."""
        before = self.behind.get(record.topic, Behind(record, []))
        before.acks.append(ack)
        self.behind[record.topic] = Behind(record, before.acks)

    def drop(self) -> None:
        """Nobody wants it any more."""
        self.dropped = True
        for task in self.learning.values():
            task.cancel()

"""Ingest's own thread with a log in memory: messages in, what it wrote out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from schemas.dead_letter import DeadLetter
from schemas.event import Envelope, encode, to_headers
from schemas.ledger import IngestCounted
from schemas.registry import decode
from schemas.telemetry import TOPIC
from streams.ingest.edge import Edge
from streams.ingest.intake import Clock, Intake
from streams.ingest.tally import Tally
from streams.ingest.unit import Delivery, Message, Part
from streams.log.writer import LogWriter, OnAck
from streams.sealing.sealer import Sealer
from tests.contract.corpus.account import Written, decoded
from tests.contract.corpus.hostile import Hostile
from tests.streams.sealing.memory import KeysInMemory, opened, unsealed

TOGETHER = 500


class Memory(LogWriter):
    """Keeps what is written, read back as a consumer with the keys would, and acknowledges it at the next poll."""

    def __init__(self) -> None:
        self.process = "ingest"
        self.written = Written()
        self.keys = KeysInMemory()
        self._acks: deque[Callable[[None], None]] = deque()

    def append(self, envelope: Envelope, on_ack: OnAck | None = None) -> None:
        """Write one event; totals of the ledger are no consequence of one input and are left out."""
        if not isinstance(envelope.data, IngestCounted):
            self.written.events.append(unsealed(decode(to_headers(envelope), encode(envelope)), self.keys))
        self._later(on_ack)

    def append_raw(
        self, topic: str, value: bytes | None, *, on_ack: OnAck | None = None, **_rest: Any
    ) -> None:
        """Write a telemetry batch."""
        assert topic == TOPIC
        self.written.batches += decoded([value or b""])
        self._later(on_ack)

    def bury(self, letter: DeadLetter, on_ack: OnAck | None = None) -> None:
        """Write a dead letter."""
        self.written.letters.append(opened(letter, self.keys))
        self._later(on_ack)

    def poll(self, timeout_s: float = 0.0) -> int:
        """Acknowledge everything."""
        count = len(self._acks)
        while self._acks:
            self._acks.popleft()(None)
        return count

    def _later(self, on_ack: OnAck | None) -> None:
        if on_ack is not None:
            self._acks.append(partial(on_ack))


def through_edge(inputs: Sequence[Hostile], now_us: int, origin: Callable[[int], str]) -> tuple[Written, int]:
    """What ingest writes for these messages of a trusted gateway, and how many units it counted."""
    log, intake = Memory(), Intake()
    edge = Edge(
        log,
        intake,
        Tally("test"),
        linger_s=0.001,
        early_s=60.0,
        clock=Clock(lambda: now_us),
        sealer=Sealer(log.keys),
    )
    deliveries = []
    for start in range(0, len(inputs), TOGETHER):
        some = inputs[start : start + TOGETHER]
        parts = [Part(one.raw, origin(start + place)) for place, one in enumerate(some)]
        deliveries.append(Delivery("kafka", lambda _delivery: None))
        assert intake.offer(Message("any", parts, deliveries[-1], now_us))
        while intake.unfinished:
            edge.step(0.0)
    return log.written, sum(delivery.accepted + delivery.dead_lettered for delivery in deliveries)

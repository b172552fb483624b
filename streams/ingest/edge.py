"""The edge's one thread: takes messages, validates telemetry in batches and events one by one, writes, counts, answers.

Nothing is answered or counted before Kafka acknowledged what it became.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from functools import partial

from schemas.dead_letter import bury
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.telemetry import TOPIC, encode
from schemas.topics import MAX_RECORD_BYTES
from streams.ingest.batch import Batch, validate
from streams.ingest.cloud_event import is_event, parse_event, utc
from streams.ingest.intake import Clock, Intake
from streams.ingest.notice import Notices
from streams.ingest.outbox import Outbox
from streams.ingest.sanitise import (
    Withheld,
    sanitise_envelope,
    sanitise_error,
    sanitise_letter,
    sanitise_text,
)
from streams.ingest.sanitise.effort import Effort
from streams.ingest.sender import sender
from streams.ingest.tally import Tally
from streams.ingest.unit import Delivery, Message, Unit
from streams.ingest.vocabulary import Vocabulary
from streams.ingest.waiting import Waiting
from streams.log.writer import LogWriter
from streams.sealing.letter import largest
from streams.sealing.sealer import Sealer

LEDGER_S = 1.0
STALLED_S = 5.0
# While something is in flight its acknowledgement is looked for this often.
ACK_POLL_S = 0.002
# What a dead letter may keep of the message: what sealed fits a record less room for its headers.
MAX_RAW_BYTES = largest(MAX_RECORD_BYTES - 65_536)


class Edge:
    """Validates, batches and writes what `intake` brings; `run` is its thread, everything else is called from there.

    `linger_s` is how long a telemetry batch waits to fill, `early_s` how far in the future an event time may be. `sealer` seals
    what is personal in every event just before it is written, and all of what is refused. `vocabulary` are the metric names expected
    at first; it learns.
    """

    def __init__(
        self,
        writer: LogWriter,
        intake: Intake,
        tally: Tally,
        *,
        linger_s: float,
        early_s: float,
        clock: Clock,
        sealer: Sealer,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.writer, self.intake, self.tally, self.clock = writer, intake, tally, clock
        self._early_us = int(early_s * 1_000_000)
        self._sealer = sealer
        self._vocabulary = vocabulary or Vocabulary()
        self._outbox = Outbox()
        self._waiting = Waiting(linger_s)
        self._notices = Notices()
        self._progress_s = time.monotonic()
        self._ledger_s = time.monotonic()

    @property
    def stalled(self) -> bool:
        """Whether Kafka has acknowledged nothing for a while although something is on its way; any thread may ask."""
        return self._outbox.in_flight > 0 and time.monotonic() - self._progress_s > STALLED_S

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the writer's Fatal where Kafka refuses for good."""
        while not stop.is_set():
            self.step()
        self._tell()
        self.writer.flush(5.0)

    def step(self, timeout_s: float = 0.05) -> None:
        """One turn: take what is there, write what is due, collect acknowledgements."""
        if self._outbox.in_flight:
            timeout_s = ACK_POLL_S
        for message in self.intake.take(self._waiting.left_s(timeout_s)):
            self._admit(message)
        if self._waiting.due:
            self._flush()
        if self.writer.poll(0.0) or not self._outbox.in_flight:
            self._progress_s = time.monotonic()
        self._outbox.tend()
        if time.monotonic() - self._ledger_s >= LEDGER_S:
            self._tell()
            self._notices.stall(self.stalled, self._outbox.in_flight)
            self._notices.secrets()

    def _admit(self, message: Message) -> None:
        delivery = message.delivery
        units = message.units()
        delivery.pending = len(units) + len(message.envelopes)
        if not delivery.pending:
            self._finish(delivery)
            return
        for envelope in message.envelopes:
            self._send_event(envelope, delivery, None)
        for unit in units:
            if message.kind == "event" or (message.kind == "any" and is_event(unit.raw)):
                self._event(unit)
            elif self._waiting.add(unit):
                self._flush()

    def _event(self, unit: Unit) -> None:
        try:
            envelope = parse_event(unit, self._early_us)
        except Rejected as error:
            self._bury(unit, error)
        else:
            self._send_event(envelope, unit.delivery, unit.effort)

    def _send_event(self, envelope: Envelope, delivery: Delivery, effort: Effort | None) -> None:
        clean, withheld = sanitise_envelope(envelope, effort)
        self._withhold(withheld, delivery)
        write = partial(self.writer.append, self._sealer.seal(clean))
        self._outbox.send(write, partial(self._settle, delivery, 1, 0))

    def _flush(self) -> None:
        units = self._waiting.take()
        batches, refused = validate(units, self._vocabulary, self._early_us)
        for batch in batches:
            self._send_batch(units, batch)
        for place, error in refused:
            self._bury(units[place], error)

    def _send_batch(self, units: list[Unit], batch: Batch) -> None:
        headers, value = encode(batch.rows)
        write = partial(self.writer.append_raw, TOPIC, value, headers=headers, partition=batch.partition)
        counts = Counter(units[place].delivery for place in batch.places)

        def acknowledged() -> None:
            for delivery, count in counts.items():
                self._settle(delivery, count, 0)

        self._outbox.send(lambda on_ack: write(on_ack=on_ack), acknowledged)

    def _bury(self, unit: Unit, error: Rejected) -> None:
        error = sanitise_error(error)
        unit.delivery.report(unit.number, error)
        kept = unit.raw[:MAX_RAW_BYTES]
        if len(kept) < len(unit.raw):
            error = Rejected(error.code, error.field, f"{error.reason}; the first {len(kept)} are kept")
        kept, withheld = sanitise_letter(kept, unit.effort)
        self._withhold(withheld, unit.delivery)
        letter = bury(
            self._sealer.raw(*sender(unit), kept),
            error,
            origin=sanitise_text(unit.origin),
            process=self.writer.process,
            time=utc(unit.received_us),
            tenant=unit.tenant,
            device=unit.device,
            sealed_bytes=len(kept),
        )
        self._outbox.send(partial(self.writer.bury, letter), partial(self._settle, unit.delivery, 0, 1))

    def _withhold(self, withheld: Withheld, delivery: Delivery) -> None:
        if withheld:
            self.tally.withhold(delivery, withheld.total())
            self._notices.withhold(withheld)

    def _settle(self, delivery: Delivery, accepted: int, dead_lettered: int) -> None:
        self._progress_s = time.monotonic()
        delivery.accepted += accepted
        delivery.dead_lettered += dead_lettered
        delivery.pending -= accepted + dead_lettered
        self.tally.add(delivery, accepted, dead_lettered)
        if not delivery.pending:
            self._finish(delivery)

    def _finish(self, delivery: Delivery) -> None:
        self.intake.release(delivery)
        delivery.done(delivery)

    def _tell(self) -> None:
        self._ledger_s = time.monotonic()
        for envelope in self.tally.news(self.clock()):
            self._outbox.send(partial(self.writer.append, envelope), lambda: None)

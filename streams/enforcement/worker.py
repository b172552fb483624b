"""The loop: decisions in, effects, receipts out, and only then the decision is acknowledged.

A plain consumer rather than a Faust worker: taking all decisions that wait at once is what lets one revocation list serve them.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from schemas import registry
from schemas.credential import CredentialDecided
from schemas.dead_letter import bury
from schemas.errors import Fatal, Rejected, Retryable
from schemas.event import Envelope
from streams.enforcement.backoff import Backoff
from streams.enforcement.effects import CredentialAuthority, SessionBroker
from streams.enforcement.enforcer import Enforcer
from streams.enforcement.fold import fold
from streams.enforcement.receipts import Decision, Receipts, receipt
from streams.enforcement.renewal import Renewal
from streams.log.writer import LogWriter

PROCESS = "enforcement"
TOPIC = CredentialDecided.TOPIC
POLL_S = 0.2
MAX_PENDING = 500


class Worker:
    """Enforces the decisions of its partitions until told to stop.

    `refusals` carries (identity, address, time) of every refused handshake of an expelled device; any thread may put there.
    """

    def __init__(
        self,
        bootstrap: str,
        authority: CredentialAuthority,
        sessions: SessionBroker,
        log: Any,
        clock: Callable[[], datetime],
        refusals: queue.Queue[tuple[str, str, datetime]],
    ) -> None:
        self._bootstrap, self._sessions = bootstrap, sessions
        self._log, self._clock = log, clock
        self._writer = LogWriter(bootstrap, PROCESS)
        self._enforcer = Enforcer(authority, sessions, self._record, clock)
        self._receipts: dict[int, Receipts] = {}
        self._pending: list[tuple[int, int, Decision]] = []
        self._next: dict[int, int] = {}
        self._refusals = refusals
        self._committed: dict[int, int] = {}
        self._backoff = Backoff()
        self._renewal = Renewal(authority, sessions, log)
        self._consumer = _consumer(bootstrap, self._kafka_failed)

    def run(self, stop: threading.Event) -> None:
        """Consume until `stop` is set; raises Fatal or Retryable where the log itself fails, with nothing half acknowledged."""
        self._consumer.subscribe([TOPIC], on_assign=self._assigned, on_revoke=self._lost, on_lost=self._lost)
        try:
            while not stop.is_set():
                self._take()
                self._record_refusals()
                self._renewal.run()
                if self._pending and self._backoff.due():
                    self._advance()
                self._commit()
        finally:
            self._consumer.close()
            self._writer.flush()

    def _take(self) -> None:
        wait_s = POLL_S if not self._pending else self._backoff.left_s(POLL_S)
        if len(self._pending) >= MAX_PENDING:
            # Still poll, or Kafka takes the partitions away; what is fetched meanwhile waits in the client.
            self._consumer.pause(self._consumer.assignment())
        first = self._consumer.poll(wait_s)
        if first is not None:
            for message in (first, *self._consumer.consume(MAX_PENDING, 0)):
                self._read(message)
        if len(self._pending) < MAX_PENDING:
            self._consumer.resume(self._consumer.assignment())

    def _read(self, message: Message) -> None:
        if (error := message.error()) is not None:
            if error.fatal():
                raise Fatal(f"{TOPIC}: {error.str()}")
            self._log.warning("kafka", problem=error.str())
            return
        partition, offset = int(message.partition()), int(message.offset())
        if partition not in self._receipts:  # taken away while it was being fetched
            return
        self._next[partition] = offset + 1
        origin = f"{TOPIC}/{partition}/{offset}"
        try:
            envelope = registry.decode(message.headers(), message.value() or b"")
            if not isinstance(envelope.data, CredentialDecided):
                raise Rejected("wrong_type", "type", f"{TOPIC} carries decisions only")
        except Rejected as rejected:
            letter = bury(
                message.value() or b"", rejected, origin=origin, process=PROCESS, time=self._clock()
            )
            self._writer.bury(letter)
            return
        if envelope.data.state != "decided":
            return
        decision = Decision.of(envelope, envelope.data, origin)
        if not self._receipts[partition].finished(decision):
            self._pending.append((partition, offset, decision))

    def _advance(self) -> None:
        """Enforce what is pending, a device's decisions one after the other."""
        batch: dict[tuple[str, str], Decision] = {}
        for _, _, decision in self._pending:
            batch.setdefault((decision.tenant, decision.device), decision)
        try:
            self._enforcer.enforce(list(batch.values()))
        except Retryable as error:
            self._backoff.failed()
            self._log.error("cannot enforce, will try again", reason=str(error), decisions=len(batch))
            for decision in batch.values():
                self._enforcer.fail(decision, str(error))
        else:
            self._backoff.succeeded()
            self._log.info(
                "enforced", decisions=[f"{d.action} {d.tenant}:{d.device}" for d in batch.values()]
            )
        self._writer.flush()
        # Also drops repeats of a decision that was enforced just now.
        self._pending = [(p, o, d) for p, o, d in self._pending if not self._receipts[p].finished(d)]

    def _record(self, envelope: Envelope) -> None:
        partition = int(envelope.cause.split("/")[1])
        receipts = self._receipts[partition]
        if not receipts.has(envelope):
            self._writer.append(envelope)
            receipts.add(envelope)

    def _record_refusals(self) -> None:
        while not self._refusals.empty():
            identity, _, at = self._refusals.get_nowait()
            for receipts in self._receipts.values():
                if decision := receipts.cut_off().get(identity):
                    detail = "a handshake from where only this device's sessions came from"
                    self._record(receipt(decision, "reconnect_refused", at, detail=detail))

    def _kafka_failed(self, error: KafkaError) -> None:
        # One line for an outage, not one for each of the client's attempts.
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._log.warning("no Kafka broker answers, will try again", bootstrap=self._bootstrap)

    def _commit(self) -> None:
        """Acknowledge everything before the first decision that is still pending in each partition."""
        positions = dict(self._next)
        for partition, offset, _ in self._pending:
            positions[partition] = min(positions[partition], offset)
        if positions == self._committed:
            return
        self._writer.flush()
        offsets = [TopicPartition(TOPIC, partition, offset) for partition, offset in positions.items()]
        self._consumer.commit(offsets=offsets, asynchronous=True)
        self._committed = positions

    def _assigned(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        for partition in (int(assigned.partition) for assigned in partitions):
            receipts = fold(self._bootstrap, partition, self._log)
            self._receipts[partition] = receipts
            self._sessions.bar(list(receipts.cut_off()))
        self._log.info("ready", partitions=sorted(self._receipts))

    def _lost(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        gone = {int(lost.partition) for lost in partitions}
        self._pending = [(p, o, d) for p, o, d in self._pending if p not in gone]
        for partition in gone:
            if receipts := self._receipts.pop(partition, None):
                self._sessions.unbar(list(receipts.cut_off()))
            self._next.pop(partition, None)
            self._committed.pop(partition, None)


def _consumer(bootstrap: str, on_error: Callable[[KafkaError], None]) -> Consumer:
    return Consumer(
        {
            "error_cb": on_error,
            "bootstrap.servers": bootstrap,
            "group.id": f"vedette-{PROCESS}",
            "client.id": f"vedette-{PROCESS}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 2000,
            "reconnect.backoff.max.ms": 2000,
            "log_level": 2,
        }
    )

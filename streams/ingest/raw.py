"""Trusted gateways over the topic `telemetry.raw`: read in order, committed only once Kafka has what it became."""

from __future__ import annotations

import threading
from collections import deque

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka import Message as Record

from streams.ingest.intake import Clock, Intake
from streams.ingest.unit import Delivery, Message, Part

TOPIC = "telemetry.raw"
GROUP = "vedette-ingest"
READ_RECORDS = 2000
POLL_S = 0.1


class RawSource:
    """Takes records into the intake from its own thread between `start` and `close`. A restart reads again what was not committed."""

    def __init__(self, bootstrap: str, intake: Intake, clock: Clock, group: str = GROUP) -> None:
        self._intake, self._clock = intake, clock
        self._log = structlog.stdlib.get_logger("ingest")
        self._assigned, self._paused, self._closing = threading.Event(), threading.Event(), threading.Event()
        self._read: deque[tuple[Delivery, dict[int, int]]] = deque()
        self._finished: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="raw", daemon=True)
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "session.timeout.ms": 6000,
                # Waiting for room while Kafka is away must not look like a hung process.
                "max.poll.interval.ms": 1_800_000,
                "queued.max.messages.kbytes": 16_384,
                # librdkafka tells each failed connection; the edge tells once that the log doesn't answer.
                "log_level": 0,
            }
        )

    def start(self) -> None:
        """Begin to read."""
        self._consumer.subscribe([TOPIC], on_assign=lambda *_: self._assigned.set(), on_revoke=self._revoked)
        self._thread.start()

    def ready(self, timeout_s: float) -> bool:
        """Wait until partitions were assigned (perhaps none, where others read them)."""
        return self._assigned.wait(max(timeout_s, 0.0))

    def pause(self) -> None:
        """Read nothing further; what was read is still committed when done."""
        self._paused.set()

    def close(self) -> None:
        """Commit what is done and leave the group."""
        self._paused.set()
        self._closing.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._closing.is_set():
            if self._paused.is_set():
                self._closing.wait(POLL_S)
            else:
                self._take(self._consumer.consume(READ_RECORDS, POLL_S))
            self._commit()
        self._consumer.close()

    def _take(self, records: list[Record]) -> None:
        good = [record for record in records if not record.error()]
        for record in records:
            if record.error():
                self._log.warning("kafka", problem=record.error().str())
        if not good:
            return
        parts = [
            Part(record.value() or b"", f"{TOPIC}/{record.partition()}/{record.offset()}") for record in good
        ]
        ends = {record.partition(): record.offset() + 1 for record in good}
        delivery = Delivery("kafka", self._done)
        self._read.append((delivery, ends))
        message = Message("any", parts, delivery, self._clock())
        while not self._intake.offer(message, POLL_S):
            if self._closing.is_set():
                return

    def _done(self, delivery: Delivery) -> None:
        self._finished.add(id(delivery))

    def _commit(self) -> None:
        """Commit the longest beginning of what was read that is done."""
        ends: dict[int, int] = {}
        while self._read and id(self._read[0][0]) in self._finished:
            delivery, read = self._read.popleft()
            self._finished.discard(id(delivery))
            ends.update(read)
        if not ends:
            return
        try:
            self._consumer.commit(
                offsets=[TopicPartition(TOPIC, partition, end) for partition, end in ends.items()],
                asynchronous=False,
            )
        except KafkaException as error:
            # The next commit covers this one; after a restart these records are read again and have the same ids.
            self._log.warning("could not commit what was read", problem=error.args[0].str())

    def _revoked(self, _consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """Forget what was read of partitions another process has now: it starts from our last commit."""
        self._commit()
        gone = {partition.partition for partition in partitions}
        for _, ends in self._read:
            for partition in gone & ends.keys():
                del ends[partition]

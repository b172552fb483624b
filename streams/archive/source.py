"""The log as the archive reads it: from where ClickHouse says it has got to, with every batch's end promised before it is stored.

The position lives in the store (`ledger_ranges`), so that a store that was deleted is rebuilt from the beginning by itself. The group's
committed offsets are for whoever watches the lag, and their metadata carries the promise: after a crash between insert and
ledger the same batch is cut again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from schemas.errors import Fatal, Retryable
from streams.archive.batch import ARCHIVED
from streams.archive.buffer import Partition, Range, Record
from streams.archive.event_rows import EPOCH

GROUP = "vedette-archive"
PROMISE = "until="
POLL_RECORDS = 500
TIMEOUT_S = 10.0
log = structlog.stdlib.get_logger("archive")

Assigned = Callable[[dict[Partition, int]], None]


class Source:
    """A consumer of every archived topic. One archive reads at a time: a second one takes over and this one raises Fatal.

    `positions` asks the store for the next offset of each partition; `assigned` is told the promised ends whenever reading (re)starts.
    """

    def __init__(
        self, bootstrap: str, positions: Callable[[], Mapping[Partition, int]], assigned: Assigned
    ) -> None:
        self._positions = positions
        self._assigned = assigned
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "client.id": "vedette-archive",
                "group.id": GROUP,
                # A static member: a restart after kill -9 reads on at once instead of waiting for the dead one's session to end.
                "group.instance.id": "vedette-archive-0",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 100,
                "queued.max.messages.kbytes": 32_768,
                # The store may be away for long; nobody else would read meanwhile.
                "max.poll.interval.ms": 86_400_000,
                "session.timeout.ms": 30_000,
                # Topics and partitions that appear later are noticed.
                "topic.metadata.refresh.interval.ms": 10_000,
                "log_level": 3,
            }
        )
        self._consumer.subscribe(list(ARCHIVED), on_assign=self._on_assign)

    def poll(self, timeout_s: float) -> list[Record]:
        """What arrived, waiting at most `timeout_s`; raises Fatal where reading can't go on."""
        records = []
        message = self._next(timeout_s)
        while message is not None:
            if message.error() is None:
                records.append(record_of(message))
            else:
                self._note(message.error())
            message = self._next(0) if len(records) < POLL_RECORDS else None
        return records

    def _next(self, timeout_s: float) -> Message | None:
        # One at a time: a batch could mix records from before and after a change of assignment.
        try:
            return self._consumer.poll(timeout_s)
        except KafkaException as error:
            raise self._failure(error.args[0], "read") from None

    def promise(self, ranges: Iterable[Range]) -> None:
        """Make known where the batch about to be stored ends."""
        self._commit([TopicPartition(r.topic, r.partition, r.first, f"{PROMISE}{r.last}") for r in ranges])

    def settle(self, ranges: Iterable[Range]) -> None:
        """Commit that these ranges are stored."""
        self._commit([TopicPartition(r.topic, r.partition, r.last + 1, "") for r in ranges])

    def close(self) -> None:
        """Leave, keeping the membership so that the next start is quick."""
        self._consumer.close()

    def _commit(self, offsets: list[TopicPartition]) -> None:
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            raise self._failure(error.args[0], "commit") from None

    def _failure(self, error: KafkaError, doing: str) -> Fatal | Retryable:
        if error.code() == KafkaError.FENCED_INSTANCE_ID:
            return Fatal("another archive has taken over; only one runs at a time")
        kind = Retryable if error.retriable() else Fatal
        return kind(f"Kafka: could not {doing}: {error.str()}")

    def _note(self, error: KafkaError) -> None:
        if error.fatal() or error.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.FENCED_INSTANCE_ID):
            raise self._failure(error, "read")
        log.warning("Kafka", problem=error.str())

    def _on_assign(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        stored = self._positions()
        committed = consumer.committed(partitions, timeout=TIMEOUT_S)
        promised: dict[Partition, int] = {}
        starts: list[TopicPartition] = []
        for known in committed:
            key = (known.topic, known.partition)
            start, end = self._stretch(consumer, key, stored.get(key, 0))
            last = promise_of(known.metadata)
            if last is not None and known.offset == start and last < end:
                promised[key] = last
            starts.append(TopicPartition(*key, start))
        consumer.assign(starts)
        self._assigned(promised)
        log.info("reading", partitions=len(starts), resumed_batches=len(promised))

    def _stretch(self, consumer: Consumer, key: Partition, wanted: int) -> tuple[int, int]:
        low, high = consumer.get_watermark_offsets(TopicPartition(*key), timeout=TIMEOUT_S)
        if wanted > high:
            raise Fatal(
                f"ClickHouse holds {key[0]}/{key[1]} up to offset {wanted - 1}, but the log ends at {high}: the store belongs to "
                "another log. Point VEDETTE_CLICKHOUSE_URL at an empty database and the archive fills it"
            )
        if low > wanted:
            log.error(
                "records removed by retention before they were archived", partition=key, records=low - wanted
            )
        return max(int(low), wanted), int(high)


def record_of(message: Message) -> Record:
    """A consumed message as a record. Topics keep the time their writer set (CreateTime); a record without one is of 1970."""
    _, milliseconds = message.timestamp()
    return Record(
        message.topic(),
        message.partition(),
        message.offset(),
        tuple((name, value or b"") for name, value in message.headers() or ()),
        message.value(),
        EPOCH + timedelta(milliseconds=max(0, milliseconds)),
    )


def promise_of(metadata: str | None) -> int | None:
    """The last offset of the promised batch, from a committed offset's metadata."""
    text = (metadata or "").removeprefix(PROMISE)
    return int(text) if text != (metadata or "") and text.isascii() and text.isdigit() else None

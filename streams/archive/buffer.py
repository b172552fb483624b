"""What was read and is not stored yet, and where it is cut into batches. Pure: no Kafka, no clock.

A batch is the same again after a crash: before it is stored its end is promised (see `source`), and a restarted archive cuts
there and nowhere else, so ClickHouse recognises the insert by its token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from schemas.ids import derive

MAX_BYTES = 32 * 1024 * 1024
MAX_RECORDS = 50_000

Partition = tuple[str, int]


class Record(NamedTuple):
    """One Kafka record; `value` is None for a tombstone, `recorded_time` (aware) the record's own timestamp, part of the log."""

    topic: str
    partition: int
    offset: int
    headers: tuple[tuple[str, bytes], ...]
    value: bytes | None
    recorded_time: datetime

    @property
    def origin(self) -> str:
        """`topic/partition/offset`, as causes, evidence and dead letters name it."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Range(NamedTuple):
    """The records of one partition from offset `first` to `last`, both included; offsets between may be missing (transactions)."""

    topic: str
    partition: int
    first: int
    last: int


def token(ranges: Iterable[Range]) -> str:
    """The name of the batch made of these ranges, whatever their order: ClickHouse drops a second insert with the same one."""
    names = sorted(f"{r.topic}/{r.partition}/{r.first}-{r.last}" for r in ranges)
    return derive("batch", *names)


@dataclass(slots=True)
class Buffer:
    """Records in order, per partition, with the ends promised before a crash."""

    _records: dict[Partition, list[Record]] = field(default_factory=dict)
    _promised: dict[Partition, int] = field(default_factory=dict)
    _bytes: int = 0
    _count: int = 0

    def add(self, record: Record) -> None:
        """Append a record; offsets of a partition must grow."""
        self._records.setdefault((record.topic, record.partition), []).append(record)
        self._bytes += len(record.value or b"")
        self._count += 1

    def restart(self, promised: Mapping[Partition, int]) -> None:
        """Forget everything read; the next batch must be exactly the promised partitions up to the promised offsets."""
        self._records.clear()
        self._promised = dict(promised)
        self._bytes = self._count = 0

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._count

    @property
    def full(self) -> bool:
        """Whether a batch should be cut now, however young it is."""
        return self._bytes >= MAX_BYTES or self._count >= MAX_RECORDS

    @property
    def complete(self) -> bool:
        """Whether a batch can be cut: at once, or once all that was promised before a crash has been read again."""
        return all(
            bool(self._records.get(partition)) and self._records[partition][-1].offset >= last
            for partition, last in self._promised.items()
        )

    def take(self) -> dict[Partition, list[Record]]:
        """Cut a batch: what was promised, else everything. Call only while `complete`; records of a partition keep their order."""
        if not self._promised:
            batch, self._records = self._records, {}
        else:
            batch = {partition: self._cut(partition, last) for partition, last in self._promised.items()}
            self._promised = {}
        self._records = {partition: records for partition, records in self._records.items() if records}
        self._count = sum(len(records) for records in self._records.values())
        self._bytes = sum(len(r.value or b"") for records in self._records.values() for r in records)
        return batch

    def _cut(self, partition: Partition, last: int) -> list[Record]:
        records = self._records[partition]
        self._records[partition] = [record for record in records if record.offset > last]
        return [record for record in records if record.offset <= last]

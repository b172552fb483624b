"""Every record once and in order, whatever the group protocol did: drop what was delivered before, fetch what was skipped."""

from __future__ import annotations

import asyncio

from schemas.errors import Retryable
from streams.log.reader import records
from streams.log.record import Record


class Order:
    """The next offset of each input partition since it was assigned; `bootstrap` is where skipped records are fetched from."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._next: dict[tuple[str, int], int] = {}

    def expect(self, topic: str, partition: int, offset: int) -> None:
        """The next record of this partition must be the one at `offset`; an earlier one is a repeat, a later one leaves a hole."""
        self._next[topic, partition] = offset

    def is_repeat(self, record: Record) -> bool:
        """Whether this record was taken before."""
        return record.offset < self._next.get((record.topic, record.partition), 0)

    def take(self, record: Record) -> None:
        """This record is being worked on."""
        self.expect(record.topic, record.partition, record.offset + 1)

    async def missing(self, record: Record) -> list[Record]:
        """The records between the expected one and this one; usually none.

        Offsets that hold nothing (deleted by retention, transaction markers) are not missing. The first record after an
        assignment misses nothing unless `expect` was called.
        """
        start = self._next.get((record.topic, record.partition))
        if start is None or record.offset <= start:
            return []
        return await asyncio.to_thread(self._fetch, record, start)

    def forget(self) -> None:
        """The partitions were taken away."""
        self._next.clear()

    def _fetch(self, record: Record, start: int) -> list[Record]:
        found: list[Record] = []
        read = records(
            self._bootstrap, record.topic, partitions=[record.partition], start={record.partition: start}
        )
        for message in read:
            if message.offset() >= record.offset:
                return found
            found.append(Record.of_confluent(message))
        raise Retryable(f"{record.origin} was delivered but the log ends before it")

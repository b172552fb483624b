"""Every record once and in order, whatever the group protocol did: drop what was delivered before, fetch what was skipped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import islice

from streams.log.reader import records
from streams.log.record import Record

FETCH = 100


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

    async def missing(self, record: Record) -> AsyncGenerator[Record]:
        """The records between the expected one and this one, in order; usually none.

        Offsets that hold nothing (deleted by retention, transaction markers) are not missing. The first record after an assignment
        misses nothing unless `expect` was called. Raises Retryable where Kafka doesn't answer; `take` says how far to go on from.
        """
        start = self._next.get((record.topic, record.partition))
        if start is None or record.offset <= start:
            return
        read = records(
            self._bootstrap, record.topic, partitions=[record.partition], start={record.partition: start}
        )
        while batch := await asyncio.to_thread(lambda: list(islice(read, FETCH))):
            for message in batch:
                if message.offset() >= record.offset:
                    return
                yield Record.of_confluent(message)

    def forget(self) -> None:
        """The partitions were taken away."""
        self._next.clear()

"""Reading one stretch of one partition of the log: what every derivation goes on from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from streams.log.reader import records
from streams.log.record import Record

# Topic, partition, first offset, and the one to stop before: the records there are, in order.
Read = Callable[[str, int, int, int], Iterator[Record]]


def reading(bootstrap: str) -> Read:
    """Stretches of the log of this broker; Retryable where it doesn't answer."""

    def read(topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
        if end <= start:
            return
        for message in records(bootstrap, topic, partitions=[partition], start={partition: start}):
            if message.offset() >= end:
                return
            yield Record.of_confluent(message)

    return read

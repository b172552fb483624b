"""What a low-latency process does with the records of its partitions, as the worker that runs it sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from streams.log.record import Record

Ack = Callable[[], object]


class Handler(Protocol):
    """What a process does with its records; called by one task, one record at a time."""

    async def handle(self, record: Record, ack: Ack) -> None:
        """Work on one record and call `ack` when it may be committed, now or later. An exception stops the process."""
        ...

    async def assigned(self, partition: int) -> None:
        """Get ready for records of this partition; never at the same time as `handle`. Raises Retryable where that can wait."""
        ...

    async def tick(self) -> None:
        """A moment between two records, about every `TICK_S`, also when none come."""
        ...

    async def revoked(self) -> None:
        """All partitions were taken away: forget their state."""
        ...

    async def leaving(self) -> None:
        """The process was asked to stop and still has its partitions: the last chance to acknowledge, for `LEAVE_S` at most."""
        ...

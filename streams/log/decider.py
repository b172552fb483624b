"""The worker around a pure decider: reads inputs in order, writes each consequence before the next input, keeps nothing but a fold."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Generic

import msgspec

from detectors.decider import VERSIONS, Decider, State
from schemas.errors import Fatal
from schemas.event import Envelope, encode
from schemas.settings import Settings
from schemas.topics import TOPICS
from streams.log.faust_app import await_log, make_app
from streams.log.fold import Partition, restore
from streams.log.guard import Guard
from streams.log.handler import Ack
from streams.log.order import Order
from streams.log.partition import partition_of
from streams.log.provenance import Provenance
from streams.log.record import Record
from streams.log.worker import Worker
from streams.log.writer import LogWriter


class DecidingHandler(Generic[State]):
    """Feeds a decider and writes what it decides to `output`, which is co-partitioned with every input.

    After a crash or a rebalance the state is the fold of the output partition; an input at or before one that already has a consequence is
    skipped. What a worker that lost its partition still writes has the same ids as what its successor writes. Each output says
    what decided it (`provenance`) and from which state.
    """

    def __init__(
        self,
        decider: Decider[State],
        output: str,
        bootstrap: str,
        writer: LogWriter,
        guard: Guard,
        provenance: Provenance,
    ) -> None:
        self._decider, self._output, self._bootstrap = decider, output, bootstrap
        self._provenance = str(provenance)
        self._writer, self._guard = writer, guard
        self._order = Order(bootstrap)
        self._partitions: dict[int, Partition[State]] = {}

    async def handle(self, record: Record, ack: Ack) -> None:
        """Take one input and, first, whatever the group protocol skipped before it."""
        if not self._order.is_repeat(record):
            await self._guard.persist(lambda: self._catch_up(record))
            await self._take(record)
        ack()

    async def assigned(self, partition: int) -> None:
        """Fold the partition's outputs."""
        await self._partition(partition)

    async def tick(self) -> None:
        """Nothing to do: everything decided is written already."""

    async def revoked(self) -> None:
        """Drop every state; others may decide from now on."""
        self._partitions = {}
        self._order.forget()

    async def leaving(self) -> None:
        """Nothing to do, as in `tick`."""

    async def _catch_up(self, record: Record) -> None:
        async for skipped in self._order.missing(record):
            await self._take(skipped)

    async def _take(self, record: Record) -> None:
        await self._guard.run(record, lambda: self._decide(record))
        self._order.take(record)

    async def _decide(self, record: Record) -> None:
        partition = await self._partition(record.partition)
        if partition.is_done(record):
            return
        decided = self._decider.decide(partition.state, record.envelope())
        if decided is None:
            return
        output = msgspec.structs.replace(
            decided, cause=record.origin, decider=self._provenance, statehash=partition.statehash
        )
        self._check(output, record)
        self._writer.append(output)
        await asyncio.to_thread(self._writer.flush)
        partition.evolve(self._decider, output, encode(output))
        partition.mark(record.topic, record.offset)

    async def _partition(self, number: int) -> Partition[State]:
        # A dict of its own for each assignment: what takes too long to restore ends up in one nobody uses any more.
        held = self._partitions
        if number not in held:
            held[number] = await asyncio.to_thread(
                restore, self._decider, self._bootstrap, self._output, number
            )
        return held[number]

    def _check(self, output: Envelope, record: Record) -> None:
        """An output elsewhere than its input would be folded by nobody."""
        topic = type(output.data).TOPIC
        if topic != self._output or partition_of(output.key, TOPICS[topic].partitions) != record.partition:
            raise Fatal(f"{record.origin}: {self._output} is not co-partitioned with its input")


def run(
    settings: Settings,
    log: Any,
    name: str,
    decider: Decider[State],
    inputs: tuple[str, ...],
    mattered: Mapping[str, str] | None = None,
) -> int:
    """Run the process `name` with this decider until it is stopped; its output is the one topic it may write. Returns the exit code.

    `mattered` are the settings the decider was made with: each output carries them, so that it can be derived again under others.
    """
    await_log(settings, log)
    provenance = Provenance(name, VERSIONS[name], mattered or {})
    output = next(topic.name for topic in TOPICS.values() if topic.writers == (name,))
    writer = LogWriter(settings.kafka_bootstrap, name)
    guard = Guard(writer, log, lambda: datetime.now(UTC))
    handler = DecidingHandler(decider, output, settings.kafka_bootstrap, writer, guard, provenance)
    return Worker(make_app(settings, name), inputs, handler, log).run()

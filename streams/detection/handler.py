"""Detection as a worker: one state a partition, restored from its newest snapshot, acknowledged only as far as a snapshot reflects it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Any

from detectors import snapshot
from detectors.baseline.block import Block
from detectors.state import State
from schemas import telemetry
from schemas.errors import Fatal
from schemas.event import Envelope
from streams.detection import tally
from streams.detection.held import Held
from streams.detection.learners import Learners
from streams.log import snapshots
from streams.log.detecting import INPUTS, merged, taken, told
from streams.log.guard import Guard
from streams.log.handler import Ack
from streams.log.learning import may_take_long
from streams.log.order import Order
from streams.log.provenance import START, link
from streams.log.record import Record
from streams.log.snapshots import Snapshot
from streams.log.stretch import reading
from streams.log.writer import LogWriter


class DetectionHandler:
    """Scores telemetry and security events and writes what they complete.

    Every `snapshot_s`, and when it is asked to stop, if anything came, a partition's state goes to the log, after everything it wrote is
    acknowledged; only then are its inputs. After a crash the state is restored, what lies between it and the first record delivered
    is read from the log, and what was found since is written again with the same ids.

    A roll-back takes long, so an input of a partition is learned again beside everything else, which goes on; so is what came of that
    input meanwhile, further roll-backs among it, until nothing is behind.
    """

    def __init__(
        self,
        bootstrap: str,
        writer: LogWriter,
        guard: Guard,
        log: Any,
        snapshot_s: float,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
    ) -> None:
        self._bootstrap, self._writer, self._guard, self._log = bootstrap, writer, guard, log
        self._snapshot_s, self._monotonic, self._now = snapshot_s, monotonic, now
        self._order, self._read = Order(bootstrap), reading(bootstrap)
        self._learners = Learners(self._read)
        self._partitions: dict[int, Held] = {}
        self._lost: Exception | None = None

    async def handle(self, record: Record, ack: Ack) -> None:
        """Take one record and, first, whatever the group protocol skipped before it; later, where that is learned again."""
        if record.partition not in self._partitions:
            await self._guard.persist(lambda: self.assigned(record.partition))
        held = self._partitions.get(record.partition)
        if held is not None and record.topic not in held.learning:
            await self._guard.persist(partial(self._go_on, held, record, long=False))
        if held is None or held.dropped:
            return  # Taken away meanwhile: whoever has the partition now gets the record again.
        if self._order.is_repeat(record):
            held.waiting.append(ack)
            return
        held.postpone(record, ack)
        if record.topic not in held.learning:
            held.learning[record.topic] = asyncio.create_task(self._beside(held, record.topic))

    async def assigned(self, partition: int) -> None:
        """Restore the partition's newest snapshot, once an assignment; with none, or one of another version, the log is learned again."""
        if partition in self._partitions:
            return
        found = await asyncio.to_thread(snapshots.newest, self._bootstrap, partition)
        usable = found is not None and snapshot.is_current(found.data)
        if found is not None and usable:
            state, offsets, hashes = snapshot.decode(found.data), dict(found.offsets), dict(found.hashes)
        else:
            state, offsets, hashes = State(), {}, {}
        held = Held(state, offsets, hashes, found.turn + 1 if found else 0, self._monotonic())
        for topic in INPUTS:
            self._order.expect(topic, partition, held.offsets.get(topic, 0))
        self._partitions[partition] = held
        devices = held.state.block.devices
        self._log.info("restored", partition=partition, devices=devices, offsets=held.offsets)

    async def tick(self) -> None:
        """Fail where learning again did, and snapshot what is due."""
        for held in self._partitions.values():
            for learned in held.learning.values():
                if learned.done():
                    learned.result()
        await self._keep(self._snapshot_s)

    async def leaving(self) -> None:
        """Snapshot everything that came since the last one, so that whoever is next repeats nothing; nothing is taken after it."""
        await self._keep(0.0)
        self._drop()

    async def revoked(self) -> None:
        """Drop every state; what was not snapshotted is worked on again by whoever gets the partition."""
        self._drop()
        self._partitions = {}
        self._order.forget()

    def _drop(self) -> None:
        for held in self._partitions.values():
            held.drop()

    async def _beside(self, held: Held, topic: str) -> None:
        """Go on with one input while everything else does, until nothing of it is behind."""
        while (behind := held.behind.pop(topic, None)) is not None:
            await self._guard.persist(partial(self._go_on, held, behind.newest, long=True))
            held.waiting += behind.acks
        del held.learning[topic]

    async def _go_on(self, held: Held, record: Record, *, long: bool) -> None:
        """Take what was skipped before a record, and it; unless `long` only up to what may take long."""
        async with aclosing(self._order.missing(record)) as missing:
            async for skipped in missing:
                if not long and may_take_long(skipped):
                    return
                await self._take(held, skipped)
                if long:
                    await asyncio.sleep(0)
        if not self._order.is_repeat(record) and (long or not may_take_long(record)):
            await self._take(held, record)

    async def _keep(self, older_than_s: float) -> None:
        for partition, held in list(self._partitions.items()):
            if held.waiting and self._monotonic() - held.snapshot_at_s >= older_than_s:
                await self._guard.persist(partial(self._snapshot, partition, held))

    async def _take(self, held: Held, record: Record) -> None:
        found: list[Envelope] | None = None

        async def work() -> None:
            nonlocal found
            # Once only, however often writing is tried: the state has seen the record afterwards.
            if found is None:
                found = await self._observe(held, record)
            while found:
                self._writer.append(told(found[0], statehash), self._written)
                found.pop(0)

        forgotten = held.state.block.forgotten
        statehash = held.hashes.get(record.topic, "" if held.offsets.get(record.topic) else START)
        await self._guard.run(record, work)
        if held.state.block.forgotten > forgotten:
            self._warn_of_a_flood(record.partition, held.state.block)
        self._order.take(record)
        held.offsets[record.topic] = record.offset + 1
        held.hashes[record.topic] = link(statehash, record.value or b"")

    async def _observe(self, held: Held, record: Record) -> list[Envelope]:
        if not may_take_long(record):
            return taken(held.state, record, self._read).findings
        self._log.info("learning again", topic=record.topic, partition=record.partition)
        began_s = self._monotonic()
        done = await self._learners.taken(held, record)
        held.state = merged(held.state, record.topic, done.state)
        took_s = self._monotonic() - began_s
        return [
            *done.findings,
            *([tally.rolled_back(done.rolled_back, took_s, self._now())] if done.rolled_back else []),
        ]

    def _warn_of_a_flood(self, partition: int, block: Block) -> None:
        self._log.warning(
            "more devices than there is room for, those silent longest start anew",
            partition=partition,
            devices=block.devices,
            forgotten_ever=block.forgotten,
        )

    async def _snapshot(self, partition: int, held: Held) -> None:
        # What others take while this waits is in neither; what the state reflects was handed to the writer before it.
        taken = Snapshot(dict(held.offsets), snapshot.encode(held.state), held.turn, dict(held.hashes))
        acks = len(held.waiting)
        self._tell(partition, held)
        # Everything written so far first: a snapshot must not claim what is not in the log.
        await asyncio.to_thread(self._writer.flush)
        if self._lost is not None:
            raise Fatal(f"a detection was not written, starting again from the last snapshot: {self._lost}")
        snapshots.write(self._writer, partition, taken)
        await asyncio.to_thread(self._writer.flush)
        held.turn += 1
        held.snapshot_at_s = self._monotonic()
        waiting, held.waiting = held.waiting[:acks], held.waiting[acks:]
        for ack in waiting:
            ack()

    def _tell(self, partition: int, held: Held) -> None:
        totals = tally.counted(held.state, partition, held.offsets.get(telemetry.TOPIC, 0))
        if totals != held.told:
            self._writer.append(tally.told(totals, self._now()))
            held.told = totals

    def _written(self, failure: Exception | None) -> None:
        self._lost = self._lost or failure

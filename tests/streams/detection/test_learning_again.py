"""Learning again beside the others: one partition's roll-back stops nobody else's judging, and what came meanwhile is judged after it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
import structlog

from detectors import snapshot
from detectors.state import State
from schemas import telemetry
from schemas.topics import PARTITIONS
from streams.detection import handler as under_test
from streams.detection.handler import DetectionHandler
from streams.log import snapshots
from streams.log.detecting import Taken, may_take_long, taken
from streams.log.guard import Guard
from streams.log.partition import partition_of
from streams.log.reader import end_offsets
from streams.log.record import Record
from streams.log.roll_backs import ask, roll_back
from streams.log.stretch import Read, reading
from streams.log.writer import LogWriter
from streams.replay.detection_state import derived
from tests.detectors.fleet import fleet_batch, moment

TENANT, DEVICE = "learning-again", "device-1"
HOME = partition_of(f"{TENANT}/{DEVICE}".encode(), PARTITIONS)
OTHER = (HOME + 1) % PARTITIONS
DEADLINE_S = 60.0


class Gate:
    """Lets roll-backs wait until it is opened."""

    def __init__(self) -> None:
        self.open = threading.Event()

    def taken(self, state: State, record: Record, read: Read) -> Taken:
        """As the real one, but a roll-back takes as long as the test wants."""
        assert not may_take_long(record) or self.open.wait(DEADLINE_S)
        return taken(state, record, read)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The gate in front of the handler's work."""
    found = Gate()
    monkeypatch.setattr(under_test, "taken", found.taken)
    return found


def told(bootstrap: str, name: str) -> list[Record]:
    """What was put on the log: reports, a roll-back of that id, and reports after it; and those of another partition."""
    begin = end_offsets(bootstrap, telemetry.TOPIC)
    writer = LogWriter(bootstrap, "ingest")

    def report(number: int, steps: range) -> None:
        for step in steps:
            headers, value = telemetry.encode(fleet_batch(TENANT, [DEVICE], step))
            writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=number)
        writer.flush()

    report(HOME, range(10))
    report(OTHER, range(5))
    ask(bootstrap, roll_back(name, TENANT, DEVICE, moment(2), moment(6), "ann", "poisoned"))
    report(HOME, range(10, 20))
    end = end_offsets(bootstrap, telemetry.TOPIC)
    found = [
        one
        for number in {HOME, OTHER}
        for one in reading(bootstrap)(telemetry.TOPIC, number, begin[number], end[number])
    ]
    return [one for one in found if one.partition == HOME or not may_take_long(one)]


def handler_on(bootstrap: str) -> DetectionHandler:
    writer = LogWriter(bootstrap, "detection")
    log: Any = structlog.get_logger()

    def now() -> datetime:
        return datetime.now(UTC)

    return DetectionHandler(bootstrap, writer, Guard(writer, log, now), log, 0.0, time.monotonic, now)


async def ticked(
    handler: DetectionHandler, acked: set[tuple[int, int]], wanted: set[tuple[int, int]]
) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while acked < wanted:
        assert time.monotonic() < deadline, wanted - acked
        await handler.tick()
        await asyncio.sleep(0.01)


def equal_to_undisturbed(bootstrap: str) -> bool:
    kept = snapshots.newest(bootstrap, HOME)
    assert kept is not None
    return kept.data == snapshot.encode(derived(reading(bootstrap), HOME, kept.offsets).state)


@pytest.mark.kafka
def test_other_partitions_go_on_and_what_came_meanwhile_follows(kafka_bootstrap: str, gate: Gate) -> None:
    async def story() -> None:
        handler, acked = handler_on(kafka_bootstrap), set[tuple[int, int]]()
        records = told(kafka_bootstrap, "learning-beside")
        places = [(one.partition, one.offset) for one in records]
        asked = next(one.offset for one in records if one.partition == HOME and may_take_long(one))
        for record in records:
            await handler.handle(record, partial(acked.add, (record.partition, record.offset)))
        await ticked(handler, acked, {one for one in places if one[0] == OTHER or one[1] < asked})
        assert not [one for one in acked if one[0] == HOME and one[1] >= asked]
        gate.open.set()
        await ticked(handler, acked, set(places))

    asyncio.run(story())
    assert equal_to_undisturbed(kafka_bootstrap)


@pytest.mark.kafka
def test_a_partition_that_is_taken_away_meanwhile_is_learned_by_whoever_gets_it(
    kafka_bootstrap: str, gate: Gate
) -> None:
    async def story() -> None:
        handler, acked = handler_on(kafka_bootstrap), set[tuple[int, int]]()
        records = [one for one in told(kafka_bootstrap, "learning-revoked") if one.partition == HOME]
        for record in records:
            await handler.handle(record, partial(acked.add, (record.partition, record.offset)))
        await handler.revoked()
        gate.open.set()
        await handler.tick()
        assert acked == set()
        last = records[-1]
        await handler.handle(last, partial(acked.add, (HOME, last.offset)))
        await ticked(handler, acked, {(HOME, last.offset)})

    asyncio.run(story())
    assert equal_to_undisturbed(kafka_bootstrap)


class SlowRead:
    """Reads the log, each record once it is let."""

    def __init__(self, bootstrap: str) -> None:
        self._read = reading(bootstrap)
        self.asked, self.open, self.given = threading.Event(), threading.Event(), 0

    def __call__(self, topic: str, partition: int, start: int, end: int) -> Iterator[Record]:
        """As the real one."""
        for record in self._read(topic, partition, start, end):
            self.asked.set()
            assert self.open.wait(DEADLINE_S)
            self.given += 1
            yield record


@pytest.mark.kafka
def test_a_worker_that_is_asked_to_stop_does_not_learn_to_the_end(
    kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowRead(kafka_bootstrap)
    monkeypatch.setattr(under_test, "reading", lambda _: slow)
    acked = set[int]()

    async def story() -> list[Record]:
        handler = handler_on(kafka_bootstrap)
        records = [one for one in told(kafka_bootstrap, "learning-stopped") if one.partition == HOME]
        for record in records:
            await handler.handle(record, partial(acked.add, record.offset))
        assert await asyncio.to_thread(slow.asked.wait, DEADLINE_S)
        await handler.leaving()
        slow.open.set()
        return records

    records = asyncio.run(story())  # It waits for all threads.
    asked = next(one.offset for one in records if may_take_long(one))
    assert slow.given == 1
    assert acked == {one.offset for one in records if one.offset < asked}
    assert equal_to_undisturbed(kafka_bootstrap)

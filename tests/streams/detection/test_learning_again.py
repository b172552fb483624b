"""Learning again beside the others: a roll-back stops no other input's judging, and what came meanwhile, roll-backs too, follows it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import pytest
import structlog

from detectors.state import State
from schemas import telemetry
from schemas.topics import PARTITIONS
from streams.detection import handler as under_test
from streams.detection import learners
from streams.detection.handler import DetectionHandler
from streams.log.detecting import INPUTS, Taken, taken
from streams.log.guard import Guard
from streams.log.learning import may_take_long
from streams.log.partition import partition_of
from streams.log.reader import end_offsets
from streams.log.record import Record
from streams.log.roll_backs import ask, roll_back
from streams.log.stretch import Read, reading
from streams.log.writer import LogWriter
from tests.detectors.fleet import fleet_batch, moment
from tests.detectors.flows.recordings import flow
from tests.streams.detection.kept import check_undisturbed

TENANT, DEVICE = "learning-again", "device-1"
HOME = partition_of(f"{TENANT}/{DEVICE}".encode(), PARTITIONS)
OTHER, THIRD = ((HOME + one) % PARTITIONS for one in (1, 2))
DEADLINE_S = 60.0


class Gate:
    """Lets as many roll-backs through as the test wants."""

    def __init__(self) -> None:
        self._permits, self._done = threading.Semaphore(0), threading.Semaphore(0)

    def taken(self, state: State, record: Record, read: Read) -> Taken:
        """As the real one, but it takes as long as the test wants."""
        assert self._permits.acquire(timeout=DEADLINE_S)
        try:
            return taken(state, record, read)
        finally:
            self._done.release()

    def open(self, number: int = 99) -> None:
        """Let so many more through."""
        self._permits.release(number)

    async def passed(self, number: int) -> None:
        """Wait until so many more came through."""
        for _ in range(number):
            assert await asyncio.to_thread(self._done.acquire, timeout=DEADLINE_S)


@pytest.fixture
def gate(kafka_bootstrap: str, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """The gate in front of learning again, once all that other tests asked for is done."""
    asyncio.run(settled(kafka_bootstrap))
    found = Gate()
    monkeypatch.setattr(learners, "taken", found.taken)
    return found


async def settled(bootstrap: str) -> None:
    """Take everything there is."""
    handler, acked, read = handler_on(bootstrap), set[Place](), reading(bootstrap)
    ends = {(topic, number): end for topic in INPUTS for number, end in end_offsets(bootstrap, topic).items()}
    last = [one for (topic, number), end in ends.items() for one in read(topic, number, max(0, end - 1), end)]
    await handled(handler, last, acked)
    await ticked(handler, acked, set(map(place_of, last)))


class Story:
    """Puts things on the log and knows which records these are."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap, self._writer = bootstrap, LogWriter(bootstrap, "ingest")
        self._begin = {topic: end_offsets(bootstrap, topic) for topic in INPUTS}

    def report(self, number: int, steps: range) -> None:
        """A report of the device a step."""
        for step in steps:
            headers, value = telemetry.encode(fleet_batch(TENANT, [DEVICE], step))
            self._writer.append_raw(telemetry.TOPIC, value, headers=headers, partition=number)
        self._writer.flush()

    def flow(self, steps: range) -> None:
        """A flow of the device a step."""
        for step in steps:
            what = (["443", "tcp", "ssl", "SF"], [0.5, 700.0, 3000.0, 4.0, 5.0])
            one = flow(f"{TENANT}-{step}", DEVICE, moment(step), "192.0.2.1", *what)
            self._writer.append(msgspec.structs.replace(one, tenant=TENANT))
        self._writer.flush()

    def ask(self, name: str, begin: int, end: int, device: str = DEVICE) -> None:
        """A roll-back of that id."""
        ask(self._bootstrap, roll_back(name, TENANT, device, moment(begin), moment(end), "ann", "poisoned"))

    def records(self, *partitions: int) -> list[Record]:
        """What was put into these partitions, each input in order."""
        end = {topic: end_offsets(self._bootstrap, topic) for topic in INPUTS}
        read = reading(self._bootstrap)
        return [
            one
            for topic in INPUTS
            for number in partitions
            for one in read(topic, number, self._begin[topic][number], end[topic][number])
        ]


def told(bootstrap: str, name: str) -> list[Record]:
    """Reports, a roll-back of that id, and reports after it; and those of another partition."""
    story = Story(bootstrap)
    story.report(HOME, range(10))
    story.report(OTHER, range(5))
    story.ask(name, 2, 6)
    story.report(HOME, range(10, 20))
    return story.records(HOME, OTHER)


Place = tuple[str, int, int]


def place_of(record: Record) -> Place:
    return record.topic, record.partition, record.offset


async def handled(handler: DetectionHandler, records: list[Record], acked: set[Place]) -> None:
    """Hand records over; each is in `acked` once it is acknowledged."""
    for record in records:
        await handler.handle(record, partial(acked.add, place_of(record)))


def handler_on(bootstrap: str) -> DetectionHandler:
    writer = LogWriter(bootstrap, "detection")
    log: Any = structlog.get_logger()

    def now() -> datetime:
        return datetime.now(UTC)

    return DetectionHandler(bootstrap, writer, Guard(writer, log, now), log, 0.0, time.monotonic, now)


async def ticked(handler: DetectionHandler, acked: set[Place], wanted: set[Place]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while acked < wanted:
        assert time.monotonic() < deadline, wanted - acked
        await handler.tick()
        await asyncio.sleep(0.01)


@pytest.mark.kafka
def test_other_partitions_go_on_and_what_came_meanwhile_follows(kafka_bootstrap: str, gate: Gate) -> None:
    async def story() -> None:
        handler, acked = handler_on(kafka_bootstrap), set[Place]()
        records = told(kafka_bootstrap, "learning-beside")
        await handled(handler, records, acked)
        everything = set(map(place_of, records))
        first = {one.topic: one.offset for one in reversed(records) if may_take_long(one)}
        held_up = {one for one in everything if one[1] == HOME and one[2] >= first[one[0]]}
        await ticked(handler, acked, everything - held_up)
        assert not acked & held_up
        gate.open()
        await ticked(handler, acked, everything)

    asyncio.run(story())
    check_undisturbed(kafka_bootstrap, HOME)


@pytest.mark.kafka
@pytest.mark.parametrize("topic", INPUTS)
def test_one_input_goes_on_while_the_other_is_learned_again(
    kafka_bootstrap: str, gate: Gate, topic: str
) -> None:
    story = Story(kafka_bootstrap)
    story.report(HOME, range(10))
    story.flow(range(10))
    story.ask(f"learning-only-{topic}", 2, 6)
    story.report(HOME, range(10, 20))
    story.flow(range(10, 20))
    records = story.records(HOME)
    waiting = [one for one in records if one.topic == topic]
    others = [one for one in records if one.topic != topic]
    # The other's own roll-back and what follows come once the first is done.
    free, after = others[:10], others[10:]

    async def one_waits() -> None:
        handler, acked = handler_on(kafka_bootstrap), set[Place]()
        await handled(handler, [*waiting, *free], acked)
        await ticked(handler, acked, set(map(place_of, [*waiting[:10], *free])))
        assert place_of(waiting[10]) not in acked
        gate.open()
        await handled(handler, after, acked)
        await ticked(handler, acked, set(map(place_of, records)))

    asyncio.run(one_waits())
    check_undisturbed(kafka_bootstrap, HOME)


@pytest.mark.kafka
def test_a_second_roll_back_waits_for_the_first_and_holds_up_nobody(kafka_bootstrap: str, gate: Gate) -> None:
    """Two of one partition with reports between them, then one of all, so that partitions take turns."""
    story = Story(kafka_bootstrap)
    for steps in (range(10), range(10, 20)):
        story.report(HOME, steps)
        story.flow(steps)
        story.ask(f"queued-{steps.start}", steps.start, steps.start + 5)
    story.report(OTHER, range(5))
    story.report(THIRD, range(5))
    free = [one for one in story.records(THIRD) if not may_take_long(one)]
    story.ask("queued-for-all", 3, 12, device="")
    story.report(HOME, range(20, 30))
    story.report(OTHER, range(5, 10))
    story.report(THIRD, range(5, 10))

    async def queued() -> None:
        handler, acked = handler_on(kafka_bootstrap), set[Place]()
        records = story.records(HOME, OTHER, THIRD)
        await handled(handler, [one for one in records if one.partition != THIRD], acked)
        # The first of each input are done, and the second of HOME or that of OTHER waits in either.
        gate.open(2)
        await gate.passed(2)
        await handled(handler, free, acked)
        await ticked(handler, acked, set(map(place_of, free)))
        gate.open()
        await handled(handler, [one for one in records if one.partition == THIRD], acked)
        await ticked(handler, acked, set(map(place_of, records)))

    asyncio.run(queued())
    for one in (HOME, OTHER, THIRD):
        check_undisturbed(kafka_bootstrap, one)


@pytest.mark.kafka
def test_a_roll_back_in_a_hole_is_learned_beside_the_others(kafka_bootstrap: str, gate: Gate) -> None:
    """As after a crash in the middle of it: the first record that is delivered lies behind it."""

    async def story() -> None:
        handler, acked = handler_on(kafka_bootstrap), set[Place]()
        records = told(kafka_bootstrap, "learning-in-a-hole")
        home = [one for one in records if one.partition == HOME and one.topic == telemetry.TOPIC]
        free = [one for one in records if one.partition == OTHER and not may_take_long(one)]
        await handled(handler, [home[-1], *free], acked)
        await ticked(handler, acked, set(map(place_of, free)))
        assert place_of(home[-1]) not in acked
        gate.open()
        await ticked(handler, acked, {place_of(home[-1])})

    asyncio.run(story())
    check_undisturbed(kafka_bootstrap, HOME)


@pytest.mark.kafka
def test_a_partition_that_is_taken_away_meanwhile_is_learned_by_whoever_gets_it(
    kafka_bootstrap: str, gate: Gate
) -> None:
    async def story() -> None:
        handler, acked = handler_on(kafka_bootstrap), set[Place]()
        records = [one for one in told(kafka_bootstrap, "learning-revoked") if one.partition == HOME]
        await handled(handler, records, acked)
        await handler.revoked()
        gate.open()
        await handler.tick()
        assert acked == set()
        last = {one.topic: one for one in records}
        await handled(handler, list(last.values()), acked)
        await ticked(handler, acked, set(map(place_of, last.values())))

    asyncio.run(story())
    check_undisturbed(kafka_bootstrap, HOME)


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
    kafka_bootstrap: str, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowRead(kafka_bootstrap)
    monkeypatch.setattr(under_test, "reading", lambda _: slow)
    gate.open()
    acked = set[Place]()

    async def story() -> list[Record]:
        handler = handler_on(kafka_bootstrap)
        everything = told(kafka_bootstrap, "learning-stopped")
        records = [one for one in everything if one.partition == HOME and one.topic == telemetry.TOPIC]
        await handled(handler, records, acked)
        assert await asyncio.to_thread(slow.asked.wait, DEADLINE_S)
        await handler.leaving()
        slow.open.set()
        await gate.passed(1)
        return records

    records = asyncio.run(story())
    asked = next(one.offset for one in records if may_take_long(one))
    assert slow.given == 1
    assert acked == {place_of(one) for one in records if one.offset < asked}
    check_undisturbed(kafka_bootstrap, HOME)

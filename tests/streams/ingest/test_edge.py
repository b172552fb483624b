"""The edge's thread against a log that acknowledges late, fails, or never answers."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from schemas.dead_letter import DeadLetter
from schemas.errors import Retryable
from schemas.event import Envelope
from schemas.ledger import IngestCounted
from schemas.topics import MAX_RECORD_BYTES
from streams.ingest.edge import MAX_RAW_BYTES, Edge
from streams.ingest.intake import Clock, Intake
from streams.ingest.tally import Tally
from streams.ingest.unit import Delivery, Kind, Message, Part
from streams.log.writer import LogWriter, OnAck
from streams.sealing.sealer import Sealer
from tests.streams.ingest.sample import NOW_US, report
from tests.streams.ingest.test_cloud_event import event
from tests.streams.sealing.memory import KeysInMemory, opened


class Log(LogWriter):
    """Holds what is written until `acknowledge` or `fail`."""

    def __init__(self, keys: KeysInMemory) -> None:
        self.process = "ingest"
        self.keys = keys
        self.waiting: deque[tuple[str, Any, OnAck | None]] = deque()
        self.written: list[tuple[str, Any]] = []

    def append(self, envelope: Envelope, on_ack: OnAck | None = None) -> None:
        self.waiting.append((type(envelope.data).TOPIC, envelope, on_ack))

    def append_raw(
        self, topic: str, value: bytes | None, *, on_ack: OnAck | None = None, **_rest: Any
    ) -> None:
        self.waiting.append((topic, value, on_ack))

    def bury(self, letter: DeadLetter, on_ack: OnAck | None = None) -> None:
        self.waiting.append(("dead-letters", letter, on_ack))

    def poll(self, timeout_s: float = 0.0) -> int:
        return 0

    def flush(self, timeout_s: float = 30.0) -> None:
        pass

    def settle(self, failure: Exception | None = None) -> None:
        """Answer everything that waits."""
        waiting, self.waiting = self.waiting, deque()
        for topic, value, on_ack in waiting:
            if failure is None:
                self.written.append((topic, value))
            if on_ack is not None:
                on_ack(failure)


def make(budget_bytes: int = 1_000_000, keys: KeysInMemory | None = None) -> tuple[Edge, Log, Intake]:
    """An edge with a log of its own; a telemetry batch is due at once."""
    log, intake = Log(keys or KeysInMemory()), Intake(budget_bytes)
    edge = Edge(
        log,
        intake,
        Tally("i1"),
        linger_s=1e-9,
        early_s=60,
        clock=Clock(lambda: NOW_US),
        sealer=Sealer(log.keys),
    )
    return edge, log, intake


def message(kind: Kind, payloads: list[bytes], done: list[Delivery], **rest: Any) -> Message:
    """A message that notes in `done` when it is answered."""
    parts = [Part(payload, f"telemetry.raw/0/{place}") for place, payload in enumerate(payloads)]
    return Message(kind, parts, Delivery("kafka", done.append), NOW_US, **rest)


def turns(edge: Edge) -> None:
    """Long enough for everything taken to be written."""
    for _ in range(3):
        edge.step(0.0)


def test_nobody_is_answered_before_the_log_has_it() -> None:
    edge, log, intake = make()
    done: list[Delivery] = []
    payloads = [json.dumps(report()).encode(), json.dumps(event()).encode(), b"junk"]
    assert intake.offer(message("any", payloads, done))
    turns(edge)
    assert {topic for topic, _, _ in log.waiting} == {"telemetry", "security-events", "dead-letters"}
    assert not done
    assert edge.tally.total("kafka").received == 0
    log.settle()
    assert [(each.accepted, each.dead_lettered) for each in done] == [(2, 1)]
    assert done[0].problems[0].index == 2
    assert edge.tally.total("kafka") == IngestCounted(
        instance="i1", channel="kafka", received=3, accepted=2, dead_lettered=1
    )
    assert intake.unfinished == 0


def test_a_write_that_failed_is_written_again() -> None:
    edge, log, intake = make()
    done: list[Delivery] = []
    intake.offer(message("any", [json.dumps(report()).encode(), b"junk"], done))
    turns(edge)
    first = [value for _, value, _ in log.waiting]
    log.settle(Retryable("no broker"))
    assert not done
    turns(edge)
    assert [value for _, value, _ in log.waiting] == first
    log.settle()
    assert len(done) == 1
    assert sorted(topic for topic, _ in log.written) == ["dead-letters", "telemetry"]


def test_what_is_unanswered_is_bounded() -> None:
    edge, log, intake = make(budget_bytes=3000)
    done: list[Delivery] = []
    junk = b"x" * 600
    taken = [intake.offer(message("telemetry", [junk], done)) for _ in range(4)]
    assert taken == [True, False, False, False]
    turns(edge)
    assert not intake.offer(message("telemetry", [junk], done))
    log.settle()
    assert intake.offer(message("telemetry", [b"y" * 100_000], done))
    turns(edge)
    log.settle()
    assert len(done) == 2


def test_the_same_bad_line_twice_makes_two_dead_letters() -> None:
    edge, log, intake = make()
    intake.offer(message("any", [b'{"a":1}\n{"a":1}', b'{"a":1}'], []))
    turns(edge)
    letters = [value for _, value, _ in log.waiting]
    assert len({letter.id for letter in letters}) == 3
    assert [opened(letter, log.keys).raw for letter in letters] == [b'{"a":1}'] * 3
    assert letters[1].origin == "telemetry.raw/0/0#1"


def test_a_dead_letter_of_the_same_log_position_is_the_same() -> None:
    ids, keys = [], KeysInMemory()
    for _ in range(2):
        edge, log, intake = make(keys=keys)
        intake.offer(message("any", [b"junk"], []))
        turns(edge)
        ids.append(log.waiting[0][1].id)
    assert ids[0] == ids[1]


def test_oversized_input_is_kept_as_far_as_the_log_can() -> None:
    edge, log, intake = make(budget_bytes=100_000_000)
    intake.offer(message("telemetry", [b"\x00" * (MAX_RAW_BYTES + 5)], []))
    turns(edge)
    letter = log.waiting[0][1]
    assert len(letter.raw) <= MAX_RECORD_BYTES - 65_536
    letter = opened(letter, log.keys)
    assert (letter.code, len(letter.raw), letter.size_bytes) == ("oversized", MAX_RAW_BYTES, MAX_RAW_BYTES)
    assert str(MAX_RAW_BYTES + 5) in letter.reason


def test_an_empty_message_is_answered_and_an_empty_body_is_dead_lettered() -> None:
    edge, log, intake = make()
    done: list[Delivery] = []
    intake.offer(message("telemetry", [], done))
    intake.offer(message("telemetry", [b""], done))
    turns(edge)
    assert len(done) == 1
    assert log.waiting[0][1].code == "bad_json"


def test_the_ledger_tells_only_what_changed() -> None:
    tally = Tally("i1")
    delivery = Delivery("mqtt", lambda _: None)
    tally.add(delivery, 2, 1)
    (told,) = tally.news(NOW_US)
    assert isinstance(told.data, IngestCounted)
    assert (told.data.received, told.subject) == (3, "i1")
    assert tally.news(NOW_US) == []
    tally.add(delivery, 0, 1)
    assert tally.news(NOW_US)[0].id != told.id


def test_the_clock_never_repeats() -> None:
    clock = Clock(lambda: NOW_US)
    assert [clock(), clock(), clock()] == [NOW_US, NOW_US + 1, NOW_US + 2]

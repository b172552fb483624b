"""What became of what was sent, counted on the log itself: rows and events accepted, dead letters, alerts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from confluent_kafka import Message

from schemas import dead_letter, telemetry
from schemas.errors import Rejected
from schemas.registry import decode
from schemas.security import SECURITY_EVENTS
from streams.dead_letters.letter import read
from streams.ingest.file.feed import Sent
from streams.ingest.raw import TOPIC
from streams.log.reader import end_offsets, records
from streams.log.record import Record
from streams.sealing.unsealer import Unsealer

TOPICS = (telemetry.TOPIC, SECURITY_EVENTS, dead_letter.TOPIC, "alerts")
# Detection works on what ingest wrote: after the last row is accounted for, alerts get this long to stop coming.
SETTLE_S = 3.0
LOOK_S = 0.25


@dataclass(slots=True)
class Outcome:
    """The counts of one run; `missing` were sent but are neither accepted nor dead-lettered yet."""

    sent: int
    accepted: int = 0
    dead_lettered: int = 0
    alerted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)

    @property
    def missing(self) -> int:
        """What is not accounted for."""
        return max(self.sent - self.accepted - self.dead_lettered, 0)

    def as_dict(self) -> dict[str, int | dict[str, int]]:
        """Everything, for a machine to read."""
        numbers = ("sent", "accepted", "dead_lettered", "missing", "alerted")
        return {name: getattr(self, name) for name in numbers} | {
            "reasons": dict(self.reasons),
            "alerts": dict(self.alerts),
        }


class Audit:
    """Follows the log from where it ended when this was made. Others' rows about the same devices meanwhile are counted too.

    `unsealer` opens dead letters: one whose key is not known here can't be told to be ours and counts as missing.
    """

    def __init__(self, bootstrap: str, unsealer: Unsealer) -> None:
        self._bootstrap, self._unsealer = bootstrap, unsealer
        self._next = {topic: end_offsets(bootstrap, topic) for topic in TOPICS}

    def settle(self, sent: Sent, wait_s: float, told: Callable[[Outcome], None]) -> Outcome:
        """Count until everything is accounted for and no alert has come for a while, or `wait_s` are over; `told` hears each count."""
        outcome = Outcome(sent.records)
        deadline = time.monotonic() + wait_s
        changed_s = time.monotonic()
        while time.monotonic() < deadline:
            before = (outcome.missing, outcome.alerted)
            self._count(sent, outcome)
            told(outcome)
            if before != (outcome.missing, outcome.alerted):
                changed_s = time.monotonic()
            elif not outcome.missing and time.monotonic() - changed_s > SETTLE_S:
                break
            time.sleep(LOOK_S)
        return outcome

    def _count(self, sent: Sent, outcome: Outcome) -> None:
        for record in self._new(telemetry.TOPIC):
            outcome.accepted += _rows_about(sent.devices, record.value())
        for record in self._new(SECURITY_EVENTS):
            outcome.accepted += _subject(record) in sent.devices
        for record in self._new(dead_letter.TOPIC):
            self._dead(record, sent, outcome)
        for record in self._new("alerts"):
            if _subject(record) in sent.devices and _type(record) == "alert.opened.v1":
                outcome.alerted += 1
                outcome.alerts[_kind(record)] += 1

    def _dead(self, record: Message, sent: Sent, outcome: Outcome) -> None:
        letter = self._unsealer.letter(read(Record.of_confluent(record)))
        ours = letter.origin.startswith(TOPIC) and hash(letter.raw) in sent.hashes
        if ours and letter.process == "ingest":
            outcome.dead_lettered += 1
            outcome.reasons[f"{letter.field or 'message'}: {letter.reason}"] += 1

    def _new(self, topic: str) -> Iterator[Message]:
        start = self._next[topic]
        if end_offsets(self._bootstrap, topic) == start:
            return
        for record in records(self._bootstrap, topic, start=start):
            start[record.partition()] = record.offset() + 1
            yield record


def _rows_about(devices: set[str], value: bytes) -> int:
    batch = telemetry.decode(value)
    tenants, names = batch.column("tenant"), batch.column("device")
    pairs = np.asarray(tenants.indices).astype(np.int64) * (len(names.dictionary) or 1) + np.asarray(
        names.indices
    )
    found, counts = np.unique(pairs, return_counts=True)
    wide = len(names.dictionary) or 1
    return sum(
        int(count)
        for pair, count in zip(found.tolist(), counts, strict=True)
        if f"{tenants.dictionary[pair // wide]}/{names.dictionary[pair % wide]}" in devices
    )


def _subject(record: Message) -> str:
    return (record.key() or b"").decode(errors="replace")


def _type(record: Message) -> str:
    return str(dict(record.headers() or ()).get("ce_type", b"").decode())


def _kind(record: Message) -> str:
    try:
        return str(getattr(decode(record.headers(), record.value() or b"").data, "kind", ""))
    except Rejected:
        return "unreadable"

"""A roll-back in history: every setup learns again where detection did, and finds what it found."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from detectors.baseline.parameters import DEFAULTS
from detectors.state import State
from schemas import telemetry
from schemas.event import Envelope
from schemas.roll_back import RollBack, batch_of
from streams.log.detecting import taken
from streams.log.record import Record
from streams.log.stretch import Read
from streams.what_if.detection import scan_telemetry
from streams.what_if.history import History
from tests.detectors.fleet import fleet_batch, moment

DEVICES = ["device-1", "device-2"]
ODD = frozenset(DEVICES[:1])
OTHER = DEFAULTS._replace(spike_factor=2.0)


def log() -> list[Record]:
    """A device that is odd for long, is unlearned, and is odd again."""
    asked = RollBack(
        id="r",
        tenant="acme",
        device=DEVICES[0],
        since=moment(150),
        until=moment(250),
        actor="ann",
        reason="poisoned",
    )
    batches = [fleet_batch("acme", DEVICES, n, ODD if 150 <= n < 250 else frozenset()) for n in range(400)]
    batches += [batch_of(asked), *(fleet_batch("acme", DEVICES, n, ODD) for n in range(400, 408))]
    written = (telemetry.encode(batch) for batch in batches)
    return [
        Record(telemetry.TOPIC, 0, n, value, tuple(headers)) for n, (headers, value) in enumerate(written)
    ]


class Past:
    """History of one partition."""

    def __init__(self, records: list[Record]) -> None:
        self._records = records

    def messages(self, topic: str) -> Iterator[Any]:
        """Each record as its client has it."""
        assert topic == telemetry.TOPIC
        for one in self._records:
            yield SimpleNamespace(
                value=lambda one=one: one.value,
                partition=lambda: 0,
                offset=lambda one=one: one.offset,
                timestamp=lambda one=one: (1, one.offset),
            )

    def stretches(self) -> Read:
        """Stretches of it."""
        return lambda topic, partition, start, end: iter(self._records[start:end])


class Nobody:
    """Who wants to know nothing."""

    def read(self, *_: object) -> None:
        """Goes on."""


def test_it_is_what_live_detection_finds() -> None:
    records = log()
    state, live = State(), list[Envelope]()
    for record in records:
        done = taken(state, record, Past(records).stretches())
        state, live = done.state, live + done.findings
    assert [one.data.kind for one in live].count("baseline.tx_kbps") == 2  # type: ignore[attr-defined]
    scanned = scan_telemetry(cast(History, Past(records)), Nobody(), {DEFAULTS, OTHER})
    assert [one.detection for one in scanned.findings[DEFAULTS]] == live
    assert scanned.events == 2 * 408

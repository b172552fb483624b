"""Sending recordings: merged by event time, at a chosen speed, their times kept or moved to now."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.event import aggregate_key
from streams.ingest.file.mapping import Mapping
from streams.ingest.file.recording import Recording
from streams.ingest.file.row import Row, rows
from streams.ingest.raw import TOPIC
from streams.ingest.sanitise import sanitise_raw
from streams.log.writer import LogWriter

LONG_AGO = datetime.min.replace(tzinfo=UTC)
POLL_S = 0.05


@dataclass(slots=True)
class Sent:
    """What one run sent: how many records, about which devices (`tenant/device`), and a hash of each value."""

    records: int = 0
    devices: set[str] = field(default_factory=set)
    hashes: set[int] = field(default_factory=set)


def in_order(recordings: Sequence[Recording], mapping: Mapping) -> Iterator[Row]:
    """The rows of all recordings by event time; one whose time can't be read comes right after the one before it in its file."""
    streams = [_keyed(rows(recording, mapping), place) for place, recording in enumerate(recordings)]
    return (row for _, _, row in heapq.merge(*streams, key=lambda keyed: keyed[:2]))


def shift_to_now(recordings: Sequence[Recording], mapping: Mapping, speed: float, now: datetime) -> timedelta:
    """How far to move event times so that the newest is sent when it happens and none is in the future.

    `speed` is recorded seconds a second, 0 for as fast as possible. Reads everything once.
    """
    times = [row.time for recording in recordings for row in rows(recording, mapping) if row.time]
    if not times:
        return timedelta(0)
    first, last = min(times), max(times)
    playing = (last - first) / speed if speed else timedelta(0)
    # Played slower than recorded, it is the first event that must not be in the future.
    return now - last + playing if speed == 0 or speed >= 1 else now - first


def feed(
    stream: Iterator[Row],
    writer: LogWriter,
    *,
    speed: float,
    shift: timedelta | None,
    run: str,
    advanced: Callable[[int], None],
) -> Sent:
    """Send every row; `advanced` hears how many were sent so far, about 20 times a second."""
    sent, pace, told = Sent(), Pace(speed), time.monotonic()
    for row in stream:
        if row.time is not None:
            pace.wait(row.time, lambda: writer.poll(0.0))
        # The topic it goes to is kept for a week: secrets must not get there from us.
        value = sanitise_raw(row.encode(shift, run))
        device = f"{_tenant(row)}/{row.device}"
        writer.append_raw(TOPIC, value, key=aggregate_key(*device.split("/", 1)))
        sent.records += 1
        sent.devices.add(device)
        sent.hashes.add(hash(value))
        if time.monotonic() - told > POLL_S:
            told = time.monotonic()
            advanced(sent.records)
    writer.flush(60.0)
    advanced(sent.records)
    return sent


class Pace:
    """Lets event time pass `speed` times as fast as the clock; 0 lets it pass at once."""

    def __init__(self, speed: float) -> None:
        self._speed = speed or math.inf
        self._began: tuple[datetime, float] | None = None

    def wait(self, event_time: datetime, meanwhile: Callable[[], Any]) -> None:
        """Return when this event time is due, doing `meanwhile` every now and then."""
        if math.isinf(self._speed):
            return
        first, started_s = self._began = self._began or (event_time, time.monotonic())
        due_s = started_s + (event_time - first).total_seconds() / self._speed
        while (left_s := due_s - time.monotonic()) > 0:
            meanwhile()
            time.sleep(min(left_s, POLL_S))


def _keyed(stream: Iterator[Row], place: int) -> Iterator[tuple[datetime, int, Row]]:
    newest = LONG_AGO
    for row in stream:
        newest = max(newest, row.time or LONG_AGO)
        yield newest, place, row


def _tenant(row: Row) -> str:
    return "" if isinstance(row.content, bytes) else str(row.content.get("tenant"))

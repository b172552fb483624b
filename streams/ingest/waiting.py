"""Telemetry that waits to become a batch."""

from __future__ import annotations

import time

from schemas.telemetry import MAX_ROWS
from schemas.topics import PARTITIONS
from streams.ingest.unit import Unit

FULL_ROWS = MAX_ROWS * PARTITIONS
FULL_BYTES = 8 * 1024 * 1024


class Waiting:
    """Units until they are a full batch, or the first of them has waited `linger_s`."""

    def __init__(self, linger_s: float) -> None:
        self._linger_s = linger_s
        self._units: list[Unit] = []
        self._bytes = 0
        self._due_s: float | None = None

    def add(self, unit: Unit) -> bool:
        """Let a unit wait; returns whether it is a full batch now."""
        self._units.append(unit)
        self._bytes += len(unit.raw)
        if self._due_s is None:
            self._due_s = time.monotonic() + self._linger_s
        return len(self._units) >= FULL_ROWS or self._bytes >= FULL_BYTES

    def left_s(self, most_s: float) -> float:
        """How long until the first has waited long enough, at most `most_s`."""
        return most_s if self._due_s is None else min(most_s, max(self._due_s - time.monotonic(), 0.0))

    @property
    def due(self) -> bool:
        """Whether the first has waited long enough."""
        return self._due_s is not None and time.monotonic() >= self._due_s

    def take(self) -> list[Unit]:
        """All of them; nothing waits then."""
        units, self._units, self._bytes, self._due_s = self._units, [], 0, None
        return units

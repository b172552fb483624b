"""A finding of a what-if."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.event import Envelope


@dataclass(frozen=True, slots=True)
class Found:
    """A detection, the partition it is of, and when the record that completed it was written (Unix ms)."""

    partition: int
    written_ms: int
    detection: Envelope

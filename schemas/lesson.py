"""What a verdict teaches about one kind of finding, and that a partition which has not seen the alert learned it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from schemas.event import Event, Time
from schemas.weighed import Direction


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A kind and direction of finding that was judged; `strength` is that of the weakest one in the alert (see `schemas.weighed`)."""

    kind: str
    direction: Direction
    strength: float


class VerdictLearned(Event, frozen=True, kw_only=True):
    """A verdict on an alert of another partition counts here as well (topic `alerts`, by triage).

    It names no device: one of another partition is never the device that a finding here is about.
    """

    TYPE: ClassVar[str] = "verdict.learned.v1"
    TOPIC: ClassVar[str] = "alerts"
    alert: str
    true: bool
    judged: Time
    lessons: tuple[Lesson, ...]

"""The bounded way from the sources' threads to the edge's thread: who would bring more than fits waits or is turned away."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from streams.ingest.unit import Delivery, Message

BUDGET_BYTES = 64 * 1024 * 1024
MESSAGE_BYTES = 512  # what a message costs besides its payload


class Clock:
    """Wall-clock microseconds since 1970 that never repeat or go back, so two messages never have the same receive time."""

    def __init__(self, now_us: Callable[[], int] = lambda: time.time_ns() // 1000) -> None:
        self._now_us = now_us
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> int:
        with self._lock:
            self._last = max(self._now_us(), self._last + 1)
            return self._last


class Intake:
    """A queue of messages limited by what all unfinished deliveries hold; a delivery larger than the whole budget goes in alone."""

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._held = 0
        self._deliveries = 0
        self._room = threading.Condition()
        self._queue: queue.SimpleQueue[Message] = queue.SimpleQueue()

    @property
    def unfinished(self) -> int:
        """How many deliveries were taken and are not done."""
        return self._deliveries

    def offer(self, message: Message, timeout_s: float = 0.0) -> bool:
        """Hand a message over, waiting at most `timeout_s` for room; False where there was none (nothing was taken)."""
        size = sum(len(part.payload) for part in message.parts) + MESSAGE_BYTES * (1 + len(message.parts))
        with self._room:
            if not self._room.wait_for(
                lambda: not self._held or self._held + size <= self._budget, timeout_s
            ):
                return False
            self._held += size
            self._deliveries += 1
        message.delivery.size_bytes = size
        self._queue.put(message)
        return True

    def take(self, timeout_s: float) -> list[Message]:
        """What is there, waiting at most `timeout_s` for the first; for the edge's thread."""
        messages: list[Message] = []
        try:
            messages.append(self._queue.get(timeout=timeout_s) if timeout_s > 0 else self._queue.get_nowait())
            while len(messages) < 1000:
                messages.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        return messages

    def release(self, delivery: Delivery) -> None:
        """Give back the room of a delivery that is done."""
        with self._room:
            self._held -= delivery.size_bytes
            self._deliveries -= 1
            self._room.notify_all()

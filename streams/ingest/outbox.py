"""What is on its way to Kafka: each write is repeated until it is acknowledged, then what waits for it runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from streams.log.writer import OnAck

Write = Callable[[OnAck], None]


class Outbox:
    """Writes in flight, for one thread: `then` runs on it, from `poll` of the writer or within a later `send`.

    A write Kafka gave up on is repeated by `tend`, so while the process lives nothing sent is lost; ids make doubles harmless.
    """

    def __init__(self) -> None:
        self.in_flight = 0
        self._failed: deque[tuple[Write, Callable[[], None]]] = deque()

    def send(self, write: Write, then: Callable[[], None]) -> None:
        """Start one write; the writer's Fatal where it can never work."""
        self.in_flight += 1
        self._start(write, then)

    def tend(self) -> int:
        """Repeat what failed since the last call; returns how many."""
        failed, self._failed = self._failed, deque()
        for write, then in failed:
            self._start(write, then)
        return len(failed)

    def _start(self, write: Write, then: Callable[[], None]) -> None:
        def acknowledged(failure: Exception | None) -> None:
            if failure is not None:
                self._failed.append((write, then))
                return
            self.in_flight -= 1
            then()

        write(acknowledged)

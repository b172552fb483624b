"""When to try again, for a loop that must go on with other work meanwhile (so not a library's blocking retry)."""

from __future__ import annotations

import time
from collections.abc import Callable

FIRST_S = 0.1
LONGEST_S = 15.0


class Backoff:
    """Doubles the pause with each failure in a row, from 0.1 s to 15 s; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._until_s = float("-inf")

    def due(self) -> bool:
        """Whether it is time to try."""
        return self._clock() >= self._until_s

    def left_s(self, longest_s: float) -> float:
        """Seconds until it is time, 0 where it is, at most `longest_s`."""
        return min(max(self._until_s - self._clock(), 0.0), longest_s)

    def failed(self) -> None:
        """Pause, longer than last time."""
        self.sleep(min(FIRST_S * 2**self._failures, LONGEST_S))
        self._failures = min(self._failures + 1, 30)

    def succeeded(self) -> None:
        """Start over: the next try is due now."""
        self._failures, self._until_s = 0, float("-inf")

    def sleep(self, pause_s: float) -> None:
        """Pause for `pause_s`."""
        self._until_s = self._clock() + pause_s

"""What is to happen when: actions at seconds after the beginning, run by the live loop once they are due."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

Action = Callable[[], object]


class Agenda:
    """Actions in order of their time; those due at the same time run in the order they were put in."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Action]] = []
        self._numbers = count()

    def at(self, at_s: float, action: Action) -> None:
        """Do this at `at_s` seconds after the beginning, or at the next `run` when that is over."""
        heapq.heappush(self._entries, (at_s, next(self._numbers), action))

    def run(self, elapsed_s: float) -> None:
        """Do everything that is due; an action may put further ones in."""
        while self._entries and self._entries[0][0] <= elapsed_s:
            heapq.heappop(self._entries)[2]()

    def __len__(self) -> int:
        return len(self._entries)

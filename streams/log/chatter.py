"""Keeping the Kafka client's log readable: while a broker is away it says the same thing a hundred times a second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

CLIENTS = ("faust", "mode", "aiokafka", "asyncio")
REPEAT_S = 10.0


class Throttle(logging.Filter):
    """Lets through what a client library says (same place, same words before formatting) once in `repeat_s`; all else always."""

    def __init__(self, repeat_s: float = REPEAT_S, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._repeat_s, self._monotonic = repeat_s, monotonic
        self._said: dict[tuple[str, int, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log this record."""
        if record.name.partition(".")[0] not in CLIENTS:
            return True
        what, now = (record.name, record.lineno, str(record.msg)[:60]), self._monotonic()
        if now - self._said.get(what, -self._repeat_s) < self._repeat_s:
            return False
        self._said[what] = now
        return True


def quieten() -> None:
    """From now on the client libraries say only warnings and errors, and each at most once in `REPEAT_S`; call after the log is set up."""
    for client in CLIENTS:
        logging.getLogger(client).setLevel(logging.WARNING)
    throttle = Throttle()
    for handler in logging.getLogger().handlers:
        handler.addFilter(throttle)

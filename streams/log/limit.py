"""When a consumer stops rather than draining a topic into the dead letters: then we are broken, not the input."""

from __future__ import annotations

from collections import Counter

from schemas.errors import Fatal

CONSECUTIVE_LIMIT = 1000
# The exit code of a process that stopped by it. The supervisor does not start such a process again: that would bury as many again.
EXIT_CODE = 4


class TooManyRefused(Fatal):
    """So many records of one topic in a row could not be processed that a person must look before more is buried."""


class Limit:
    """Counts what could not be processed in a row, for each topic. Not for what strangers send: they could stop us with it."""

    def __init__(self, process: str, most: int = CONSECUTIVE_LIMIT) -> None:
        self._process, self._most = process, most
        self._in_a_row: Counter[str] = Counter()

    def took(self, topic: str) -> None:
        """A record of the topic was processed."""
        self._in_a_row[topic] = 0

    def refused(self, topic: str, records: int = 1) -> None:
        """Call before burying so many more; TooManyRefused says what to do, and then they must not be buried."""
        self._in_a_row[topic] += records
        if self._in_a_row[topic] > self._most:
            raise TooManyRefused(
                f"more than {self._most} records of {topic} in a row could not be processed, so {self._process} stops before it buries "
                f"more: see `python -m streams.dead_letters list --process {self._process}`, repair the cause, start {self._process} "
                "again (it goes on where it stopped) and put the letters back"
            )

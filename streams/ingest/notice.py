"""What the edge tells whoever runs it, in its log."""

from __future__ import annotations

import time

import structlog

from streams.ingest.sanitise import Withheld

# Withheld secrets are told at most this often.
WITHHELD_S = 60.0


class Notices:
    """What is to be told, and what was told already."""

    def __init__(self) -> None:
        self._was_stalled = False
        self._withheld = Withheld()
        self._withheld_s = -WITHHELD_S
        self._log = structlog.stdlib.get_logger("ingest")

    def stall(self, stalled: bool, writes: int) -> None:
        """Say once that Kafka went away with so many writes on their way, and once that it is back."""
        if stalled and not self._was_stalled:
            self._log.warning("Kafka does not answer; nothing is acknowledged until it does", writes=writes)
        if self._was_stalled and not stalled:
            self._log.info("Kafka answers again")
        self._was_stalled = stalled

    def withhold(self, withheld: Withheld) -> None:
        """Remember secrets that were withheld, until they are told."""
        self._withheld += withheld

    def secrets(self) -> None:
        """Say now and then how many secrets senders wrote into what they sent: they should stop that."""
        if self._withheld and time.monotonic() - self._withheld_s >= WITHHELD_S:
            self._log.warning(
                "secrets were withheld from what was written; stop sending them", **self._withheld
            )
            self._withheld, self._withheld_s = Withheld(), time.monotonic()

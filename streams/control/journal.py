"""The control API's way to the log: an event counts as written once Kafka acknowledged it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from schemas import registry
from schemas.errors import Rejected
from schemas.event import Envelope
from streams.log import reader
from streams.log.writer import LogWriter

FLUSH_S = 15.0


class Journal(Protocol):
    """What the API needs of the log; tests have one in memory."""

    def append(self, envelopes: Iterable[Envelope]) -> None:
        """Write all, in order, and return once they are acknowledged; raises Retryable where they may not be."""

    def rollouts(self, start: int) -> Iterator[tuple[int, Envelope]]:
        """The events on `rollouts` from offset `start` to the end as it is now, each with its offset."""


class KafkaJournal:
    """The journal on a real broker, for use by any thread."""

    def __init__(self, bootstrap: str, wrote: Callable[[str], None] = lambda _: None) -> None:
        self._bootstrap = bootstrap
        self._writer = LogWriter(bootstrap, "control")
        self._lock = threading.Lock()
        self._wrote = wrote

    def append(self, envelopes: Iterable[Envelope]) -> None:
        """See Journal."""
        with self._lock:
            written = []
            for envelope in envelopes:
                self._writer.append(envelope)
                written.append(envelope.type)
            self._writer.flush(FLUSH_S)
        for kind in written:
            self._wrote(kind)

    def rollouts(self, start: int) -> Iterator[tuple[int, Envelope]]:
        """See Journal. Records that can't be decoded are left out; the archive buries them."""
        for message in reader.records(self._bootstrap, "rollouts", start={0: start}):
            try:
                yield message.offset(), registry.decode(message.headers(), message.value() or b"")
            except Rejected:
                continue

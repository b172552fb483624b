"""The archive's loop: read, cut, promise, store, account, settle."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event

import structlog

from schemas.errors import Fatal, Retryable
from streams.archive.batch import Batch, batch_of
from streams.archive.buffer import Buffer, Partition, Record
from streams.archive.source import Source
from streams.archive.target import Target
from streams.log.writer import LogWriter

LINGER_S = 0.2
POLL_S = 0.05
RETRY_S = 0.5
log = structlog.stdlib.get_logger("archive")


class Archive:
    """Stores everything on the log of `bootstrap` in the ClickHouse at `url` until `stop` is set.

    A batch is cut when it is `LINGER_S` old or big. A crash at any point loses nothing and stores nothing twice: the batch was promised, so
    it is cut again the same way, and ClickHouse drops an insert it has seen. With `until`, the offset of each partition to stop before
    (0 where it has none), only that prefix of the log is stored.
    """

    def __init__(
        self,
        bootstrap: str,
        url: str,
        stop: Event,
        *,
        until: Mapping[Partition, int] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stop = stop
        self._until = until
        self._clock = clock
        self._monotonic = monotonic
        self._buffer = Buffer()
        self._target = Target(url, stop)
        self._writer = LogWriter(bootstrap, "archive")
        self._bootstrap = bootstrap

    def run(self) -> None:
        """Migrate the store, then archive until stopped; raises Fatal where it can't go on."""
        try:
            log.info("store is up to date", migrations_applied=self._target.migrate())
            self._read()
        except Retryable as error:
            # Told to stop while waiting for the store is a clean end; anything else needs a new start.
            if not self._stop.is_set():
                raise Fatal(str(error)) from None

    def _read(self) -> None:
        source = Source(self._bootstrap, self._target.positions, self._buffer.restart)
        try:
            log.info("ready")
            self._follow(source)
        finally:
            source.close()

    def _follow(self, source: Source) -> None:
        oldest = 0.0
        while not self._stop.is_set():
            was_empty = self._buffer.empty
            for record in source.poll(POLL_S):
                if self._is_wanted(record):
                    self._buffer.add(record)
            if was_empty:
                oldest = self._monotonic()
            due = self._buffer.full or self._monotonic() - oldest >= LINGER_S
            if due and not self._buffer.empty and self._buffer.complete:
                self._store(source)
                oldest = self._monotonic()

    def _is_wanted(self, record: Record) -> bool:
        return self._until is None or record.offset < self._until.get((record.topic, record.partition), 0)

    def _store(self, source: Source) -> None:
        batch = batch_of(self._buffer.take(), self._clock())
        while not self._stop.is_set():
            try:
                self._store_once(source, batch)
            except Retryable as error:
                log.warning("trying the batch again", problem=str(error))
                self._stop.wait(RETRY_S)
            else:
                return

    def _store_once(self, source: Source, batch: Batch) -> None:
        # The order is what makes a crash harmless: the ledger, which is the position, comes after everything it speaks of.
        source.promise(batch.ranges)
        for letter in batch.letters:
            self._writer.bury(letter)
        self._writer.flush()
        for insert in batch.inserts:
            self._target.insert(insert)
        self._target.insert(batch.ledger)
        source.settle(batch.ranges)
        log.debug("stored", ranges=len(batch.ranges), events=sum(i.rows.num_rows for i in batch.inserts))

"""The archive's loop: read, cut, and while the next batch is read: promise, store, account, settle."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from threading import Event

import structlog

from schemas.errors import Fatal, Retryable
from streams.archive import refused
from streams.archive.batch import Batch, batch_of
from streams.archive.buffer import Buffer, Partition, Record
from streams.archive.forgetting import Forgetting
from streams.archive.lane import Lane
from streams.archive.source import Source
from streams.archive.target import Target
from streams.log.limit import Limit
from streams.log.writer import LogWriter

LINGER_S = 0.2
POLL_S = 0.05
RETRY_S = 0.5
log = structlog.stdlib.get_logger("archive")


class Archive:
    """Stores everything on the log of `bootstrap` in the ClickHouse at `url` until `stop` is set.

    A batch is cut when it is big, or `LINGER_S` old and the one before is stored; it is stored while the next one is read. Batches are
    stored one after the other. A crash at any point loses nothing and stores nothing twice: the batch was promised, so it is cut again the
    same way, and ClickHouse drops an insert it has seen. With `until`, the offset of each partition to stop before (0 where it has none),
    only that prefix of the log is stored.
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
        self._lane = Lane()
        self._limit = Limit("archive")
        self._storing: Batch | None = None
        self._restarted = Event()
        self._forgetting = Forgetting()

    def run(self) -> None:
        """Migrate the store, then archive until stopped; raises Fatal where it can't go on."""
        try:
            log.info("store is up to date", migrations_applied=self._target.migrate())
            self._forgetting = self._target.forgotten()
            self._read()
        except Retryable as error:
            # Told to stop while waiting for the store is a clean end; anything else needs a new start.
            if not self._stop.is_set():
                raise Fatal(str(error)) from None

    def _read(self) -> None:
        source = Source(self._bootstrap, self._positions, self._restart)
        try:
            log.info("ready")
            self._follow(source)
            self._finish(source)
        finally:
            self._lane.close()
            source.close()

    def _positions(self) -> Mapping[Partition, int]:
        """Where the store is, for a reading that starts (again): what is being stored now is cut again by its promise, so it may stop."""
        self._restarted.set()
        self._lane.finish()
        self._storing = None
        self._restarted.clear()
        return self._target.positions()

    def _restart(self, promised: Mapping[Partition, int]) -> None:
        # A batch that was promised beyond the prefix can't be cut again within it: waiting for its end would never end.
        beyond = self._until is not None and any(
            last >= self._until.get(partition, 0) for partition, last in promised.items()
        )
        self._buffer.restart({} if beyond else promised)

    def _follow(self, source: Source) -> None:
        oldest = 0.0
        while not self._stop.is_set():
            if self._lane.idle:
                self._finish(source)
            was_empty = self._buffer.empty
            for record in source.poll(POLL_S):
                if self._is_wanted(record):
                    self._buffer.add(record)
            if was_empty:
                oldest = self._monotonic()
            # While the batch before is being stored this one grows: large inserts are several times cheaper a row than small ones.
            due = self._buffer.full or (self._lane.idle and self._monotonic() - oldest >= LINGER_S)
            if due and not self._buffer.empty and self._buffer.complete:
                self._store(source)
                oldest = self._monotonic()

    def _is_wanted(self, record: Record) -> bool:
        return self._until is None or record.offset < self._until.get((record.topic, record.partition), 0)

    def _store(self, source: Source) -> None:
        # The order is what makes a crash harmless: first the promise, and the ledger, which is the position, after everything it speaks of.
        cut = self._buffer.take()
        due = Forgetting.found_in(cut)
        self._forgetting |= due
        batch = self._forgetting.applied(batch_of(cut, self._clock()))
        refused.check(self._limit, batch)
        due |= Forgetting(cutoffs=self._forgetting.too_old(batch))
        self._finish(source)
        self._persist(lambda: source.promise(batch.ranges))
        self._storing = batch
        self._lane.start(lambda: self._persist(lambda: self._write(batch, due)))

    def _finish(self, source: Source) -> None:
        """Wait for the batch in the lane and settle it, here: only the thread that reads may commit."""
        self._lane.finish()
        stored, self._storing = self._storing, None
        if stored is not None and not self._stop.is_set():
            self._persist(lambda: source.settle(stored.ranges))

    def _write(self, batch: Batch, due: Forgetting) -> None:
        for letter in batch.letters:
            self._writer.bury(letter)
        self._writer.flush()
        self._target.insert_all(batch.inserts)
        if due:
            self._target.forget(due)
        self._target.insert(batch.ledger)
        log.debug("stored", ranges=len(batch.ranges), events=sum(i.rows.num_rows for i in batch.inserts))

    def _persist(self, act: Callable[[], None]) -> None:
        """Do it, as often as it takes, until told to stop or to begin again from where the store is."""
        while not self._stop.is_set() and not self._restarted.is_set():
            try:
                act()
            except Retryable as error:
                log.warning("trying the batch again", problem=str(error))
                self._stop.wait(RETRY_S)
            else:
                return

"""The one guard around everything a worker does with a record: nothing disappears and nothing is retried that can't work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from tenacity import AsyncRetrying, retry_if_exception_type, wait_random_exponential

from schemas.dead_letter import bury
from schemas.errors import Fatal, Rejected, Retryable
from streams.log.limit import CONSECUTIVE_LIMIT, Limit
from streams.log.record import Record
from streams.log.writer import LogWriter

Body = Callable[[], Awaitable[None]]


class Guard:
    """Runs the work on one record and says by returning that the record is done with, for good or as a dead letter.

    Rejected, and any error nobody expected, sends the raw bytes to the dead letters. Retryable is tried again for ever with growing waits
    (0.1 to 30 s, with jitter). Fatal goes through. More than `limit` dead letters of one topic in a row are TooManyRefused, which is
    Fatal: then we are broken, not the input, and must not drain the topic.
    """

    def __init__(
        self,
        writer: LogWriter,
        log: Any,
        now: Callable[[], datetime],
        *,
        limit: int = CONSECUTIVE_LIMIT,
        longest_wait_s: float = 30.0,
    ) -> None:
        self._writer, self._log, self._now = writer, log, now
        self._limit = Limit(writer.process, limit)
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(Retryable),
            wait=wait_random_exponential(multiplier=0.1, max=longest_wait_s),
            before_sleep=self._warn,
            reraise=True,
        )

    async def run(self, record: Record, body: Body) -> None:
        """Do `body`, as often as it takes; returns once the record needs no more work. Raises Fatal only."""
        try:
            await self.persist(body)
        except Fatal:
            raise
        except Rejected as error:
            await self._bury(record, error)
        except Exception as error:
            self._log.exception("unexpected error, record goes to the dead letters", origin=record.origin)
            reason = f"{type(error).__name__} in {self._writer.process}; see its log"
            await self._bury(record, Rejected("internal_error", "", reason))
        else:
            self._limit.took(record.topic)

    async def persist(self, body: Body) -> None:
        """Do `body`, as often as it takes while it is Retryable; every other error goes through."""
        # Nearly always the first time is enough, and needs none of the machinery for the others.
        try:
            await body()
        except Retryable as error:
            await self._again(body, error)

    async def _again(self, body: Body, failure: Retryable) -> None:
        failed: Retryable | None = failure
        async for attempt in self._retrying.copy():
            with attempt:
                if failed is not None:
                    known, failed = failed, None
                    raise known
                await body()

    async def _bury(self, record: Record, error: Rejected) -> None:
        self._limit.refused(record.topic)
        self._log.warning("dead letter", origin=record.origin, code=error.code, error=str(error))
        letter = bury(
            record.value or b"",
            error,
            origin=record.origin,
            process=self._writer.process,
            time=self._now(),
        )

        async def write() -> None:
            self._writer.bury(letter)
            await asyncio.to_thread(self._writer.flush)

        await self.persist(write)

    def _warn(self, state: Any) -> None:
        self._log.warning("trying again", attempt=state.attempt_number, error=str(state.outcome.exception()))

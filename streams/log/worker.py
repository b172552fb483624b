"""The Faust worker every low-latency process shares: one agent, one event at a time, acknowledged by hand, a clean stop.

What Faust is trusted with: group membership, co-partitioned assignment, fetching. What it is not: it acknowledges by itself messages it
skipped during a rebalance and treats holes as read, so nothing here is acknowledged except by `Handler` once the work is done,
and the handlers check offsets themselves (Faust 0.15.3, streams.py and transport/consumer.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
from functools import partial
from typing import Any

import faust

from schemas.errors import Fatal, Retryable
from streams.log.handler import Ack, Handler
from streams.log.limit import EXIT_CODE, TooManyRefused
from streams.log.record import Record

HAND_OVER_S = 3.0
LEAVE_S = 15.0
TICK_S = 0.25
SWITCH_S = 0.0005


class Worker:
    """Runs one handler over some topics until it is asked to stop or fails; needs the main thread (signals)."""

    def __init__(self, app: faust.App, topics: tuple[str, ...], handler: Handler, log: Any) -> None:
        self._app, self._topics, self._handler, self._log = app, topics, handler, log
        self._stop = asyncio.Event()
        self._failure: BaseException | None = None
        self._busy = asyncio.Lock()
        self._warming: asyncio.Task[None] | None = None
        app.agent(app.topic(*topics, key_type=bytes, value_type=bytes), concurrency=1)(self._agent)
        # Strong references: Faust keeps receivers weakly.
        app.on_partitions_assigned.connect(self._assigned, weak=False)
        app.on_partitions_revoked.connect(self._revoked, weak=False)

    def run(self) -> int:
        """Work until SIGTERM or SIGINT (0) or until something failed for good (1; 4: too many refused); returns the exit code."""
        # Faust's consumer reads and unpacks in a thread of its own, and asks for the interpreter after each piece: waiting the
        # default 5 ms each time for a handler in the middle of its work, it would deliver half as much.
        sys.setswitchinterval(SWITCH_S)
        # What is there by now stays; the collector need not look at it again and again.
        gc.freeze()
        return asyncio.run(self._run())

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        self._app.finalize()
        try:
            await self._app.start()
            ticking = asyncio.create_task(self._tick())
            await self._wait()
            ticking.cancel()
            await self._leave()
        except Exception as error:
            self._log.exception("cannot run")
            self._failure = error
        finally:
            self._stop.set()
            with contextlib.suppress(asyncio.CancelledError):
                await self._app.stop()
        if self._failure is not None:
            self._log.error("stopped", error=str(self._failure) or type(self._failure).__name__)
            return EXIT_CODE if isinstance(self._failure, TooManyRefused) else 1
        self._log.info("stopped")
        return 0

    async def _wait(self) -> None:
        asked = asyncio.ensure_future(self._stop.wait())
        stopped = asyncio.ensure_future(self._app.wait_until_stopped())
        done, pending = await asyncio.wait({asked, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if stopped in done and not self._stop.is_set() and self._failure is None:
            self._failure = self._app.crash_reason or Fatal("Faust stopped by itself")

    async def _leave(self) -> None:
        """Not where something failed: what would be kept then may not be right."""
        if self._failure is not None:
            return
        try:
            async with asyncio.timeout(LEAVE_S), self._busy:
                await self._handler.leaving()
        except Exception as error:
            reason = str(error) or type(error).__name__
            self._log.warning("not all is acknowledged, the next worker repeats it", error=reason)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            async with self._busy:
                try:
                    await self._handler.tick()
                except Exception as error:
                    self._fail(error)
                    return

    async def _agent(self, stream: Any) -> None:
        async for event in stream.noack().events():
            if self._stop.is_set():
                return
            async with self._busy:
                await self._one(event)
            # Lets Faust fetch the next records while these are worked on; nothing before here gives way where records are waiting.
            await asyncio.sleep(0)

    async def _one(self, event: Any) -> None:
        try:
            await self._handler.handle(*self._taken(event.message))
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._fail(error)
            # Nothing more may be worked on: wait here, unacknowledged, until the app is stopped.
            await asyncio.Event().wait()

    def _taken(self, message: Any) -> tuple[Record, Ack]:
        """The record and its acknowledgement, which may be kept for long and so must not hold the bytes."""
        record = Record.of_faust(message)
        message.value = None
        return record, partial(message.ack, self._app.consumer)

    def _fail(self, error: BaseException) -> None:
        if not isinstance(error, Fatal):
            self._log.exception("unexpected error", exc_info=error)
        self._failure = error
        self._stop.set()

    async def _assigned(self, *_: Any, **__: Any) -> None:
        await self._forget()
        owned = sorted({tp.partition for tp in self._app.consumer.assignment() if tp.topic in self._topics})
        self._warming = asyncio.create_task(self._warm(owned))

    async def _warm(self, partitions: list[int]) -> None:
        """Restore every partition now, not when its first record has to wait for it; records that are here already go first."""
        for partition in partitions:
            async with self._busy:
                try:
                    await self._handler.assigned(partition)
                except Retryable as error:
                    self._log.warning("not restored yet", partition=partition, error=str(error))
                except Exception as error:
                    self._fail(error)
                    return
        self._log.info("ready", partitions=partitions)

    async def _revoked(self, *_: Any, **__: Any) -> None:
        await self._forget()

    async def _forget(self) -> None:
        """Let the record in work finish first; one that takes too long works on a state nobody uses any more."""
        if self._warming is not None:
            self._warming.cancel()
        try:
            async with asyncio.timeout(HAND_OVER_S):
                await self._busy.acquire()
        except TimeoutError:
            await self._handler.revoked()
            return
        try:
            await self._handler.revoked()
        finally:
            self._busy.release()

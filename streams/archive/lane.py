"""One piece of work at a time beside the caller's own: while a batch is stored, the next one is read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Lane:
    """A thread that does one thing after the other. What a piece of work raises is raised by the `finish` or `start` after it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lane")
        self._work: Future[None] | None = None

    def start(self, work: Callable[[], None]) -> None:
        """Do `work` once the work before it is done; returns when it has begun, so at most one piece is ahead."""
        self.finish()
        self._work = self._pool.submit(work)

    @property
    def idle(self) -> bool:
        """Whether the work has ended."""
        return self._work is None or self._work.done()

    def finish(self) -> None:
        """Wait until nothing is being done."""
        work, self._work = self._work, None
        if work is not None:
            work.result()

    def close(self) -> None:
        """Wait, and take no more."""
        self._pool.shutdown()

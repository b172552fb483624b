"""A coroutine that is run at once, up to where it first waits: one that need not wait costs no task."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Begun:
    """What became of a coroutine: `is_done` with its `result`, or to be awaited, once, for what is left of it.

    What the coroutine raises before it first waits is raised here. Its beginning runs in the caller's task, the rest in the one that awaits
    it, so it must not keep a timeout of `asyncio` in between.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self._coroutine = coroutine
        self.is_done, self.result = False, None
        self._waits_for: Any = None
        self._step(coroutine.send, None)

    def __await__(self) -> Generator[Any, Any, Any]:
        while not self.is_done:
            try:
                sent = yield self._waits_for
            except BaseException as error:
                self._step(self._coroutine.throw, error)
            else:
                self._step(self._coroutine.send, sent)
        return self.result

    def _step(self, go: Callable[[Any], Any], value: Any) -> None:
        try:
            self._waits_for = go(value)
        except StopIteration as done:
            self.is_done, self.result = True, done.value

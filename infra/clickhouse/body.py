"""A request's body, handed from the event loop to the thread that runs the query."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from starlette.types import Receive


class ClientGone(Exception):  # noqa: N818  says what happened
    """The client closed the connection before its request was complete."""


class Body:
    """The body of one request, read as fast as the query takes it: what is not read stays in the client's socket.

    `finished` is set once the whole body was received; only then may anybody else call `receive`.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._loop = asyncio.get_running_loop()
        self._ready: list[bytes] = []
        self.finished = asyncio.Event()

    async def prefetch(self) -> None:
        """Receive the first piece, which for most requests is all of it, so that the thread need not ask back for it."""
        self._ready.append(await self._next())

    def pieces(self) -> Iterator[bytes]:
        """The body's bytes, for another thread than the event loop's. Raises `ClientGone`."""
        while self._ready:
            yield self._ready.pop(0)
        while not self.finished.is_set():
            yield asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()

    async def gone(self) -> None:
        """Return when the client closes the connection while its query runs."""
        await self.finished.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        if not message.get("more_body", False):
            self.finished.set()
        return bytes(message.get("body", b""))

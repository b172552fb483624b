"""Reading a query's output from its pipe and sending it as an HTTP response."""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from collections.abc import AsyncIterator
from typing import IO

from starlette.types import Send

from infra.clickhouse.compression import Encoder
from infra.clickhouse.errors import ServerError

READ_BYTES = 1 << 20
SPOOL_BYTES = 16 << 20
"""A result that is held back (`wait_end_of_query`) moves from memory to a temporary file at this size."""


class Interrupted(Exception):  # noqa: N818  says what happened
    """The response was begun and cannot be ended well: the connection has to be closed without the end mark."""


class PipeReader:
    """The event loop's end of a pipe: non-blocking, not owned."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes:
        """The next bytes, waiting for them; nothing at the end."""
        while True:
            try:
                return os.read(self._descriptor, READ_BYTES)
            except BlockingIOError:
                ready = self._loop.create_future()
                self._loop.add_reader(self._descriptor, _wake, ready)
                try:
                    await ready
                finally:
                    self._loop.remove_reader(self._descriptor)

    async def gather(self, at_least: int) -> tuple[bytes, bool]:
        """Bytes up to a little over `at_least`, and whether that was everything."""
        pieces: list[bytes] = []
        size = 0
        while size < at_least:
            piece = await self.read()
            if not piece:
                return b"".join(pieces), True
            pieces.append(piece)
            size += len(piece)
        return b"".join(pieces), False

    async def spool(self) -> IO[bytes]:
        """Everything, in memory or in a temporary file, positioned at its start; the caller closes it."""
        file = tempfile.SpooledTemporaryFile(SPOOL_BYTES)  # noqa: SIM115  handed on
        while piece := await self.read():
            await asyncio.to_thread(file.write, piece)
        file.seek(0)
        return file


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


class Response:
    """One HTTP response: `start` it, `write` pieces, then `end` it or `fail` in the middle."""

    def __init__(self, send: Send, encoder: Encoder | None = None, encoding: str = "") -> None:
        self._send = send
        self._encoder = encoder
        self._encoding = encoding
        self.tag = secrets.token_hex(8)

    async def start(self, status: int, headers: dict[str, str]) -> None:
        """Send status and headers, among them the tag that marks an exception in the middle of the body."""
        headers = {**headers, "X-ClickHouse-Exception-Tag": self.tag}
        if self._encoder:
            headers["Content-Encoding"] = self._encoding
        raw = [
            (name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()
        ]
        await self._send({"type": "http.response.start", "status": status, "headers": raw})

    async def write(self, piece: bytes) -> None:
        """Send a piece, compressed on another thread where that takes long enough to matter."""
        if self._encoder and len(piece) > 1 << 16:
            piece = await asyncio.to_thread(self._encoder.compress, piece)
        elif self._encoder:
            piece = self._encoder.compress(piece)
        if piece:
            await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def end(self) -> None:
        """Send what is left in the encoder and the end mark."""
        rest = self._encoder.flush() if self._encoder else b""
        await self._send({"type": "http.response.body", "body": rest, "more_body": False})

    async def fail(self, error: ServerError) -> None:
        """Write the exception into the body where clients look for it, then raise `Interrupted`: there must be no end mark.

        The block's form is the one of ClickHouse 25.11 and later.
        """
        text = error.text().encode() + b"\n"
        tag = self.tag.encode()
        mark = b"\r\n__exception__\r\n"
        await self.write(mark + tag + b"\r\n" + text + b"%d " % len(text) + tag + mark)
        if self._encoder and (rest := self._encoder.flush()):
            await self._send({"type": "http.response.body", "body": rest, "more_body": True})
        raise Interrupted


async def spooled(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a spooled result."""
    with file:
        while piece := await asyncio.to_thread(file.read, READ_BYTES):
            yield piece

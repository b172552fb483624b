"""What a client is sent: a query's result while it runs, or the error it ended with."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

from starlette.types import Send

from infra.clickhouse import compression
from infra.clickhouse.engine import Engine
from infra.clickhouse.errors import ServerError
from infra.clickhouse.execution import Execution, Summary
from infra.clickhouse.formats import content_type
from infra.clickhouse.request import QueryRequest
from infra.clickhouse.response import PipeReader, Response, spooled

HELD_BYTES = 1 << 20
"""A result up to this size is held back until the query has ended, so that an error still gets its status (as the real server)."""
log = logging.getLogger("clickhouse")


class Reply:
    """The reply to one request on an engine; once, with one of its methods."""

    def __init__(self, engine: Engine, send: Send) -> None:
        self._engine = engine
        self._send = send

    async def result(self, execution: Execution, running: Awaitable[Summary]) -> None:
        """What the query says. ServerError where it ended before anything was sent; `Interrupted` where it ends later."""
        pipe = PipeReader(execution.output)
        if execution.request.wait_end:
            await self._whole(execution, running, pipe)
        else:
            await self._streamed(execution, running, pipe)

    async def refuse(self, error: ServerError, query_id: str) -> None:
        """The error with its status."""
        text = error.text().encode() + b"\n"
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "Content-Length": str(len(text)),
            "X-ClickHouse-Exception-Code": str(error.code),
            **self._identity(query_id),
        }
        response = Response(self._send)
        await response.start(error.status, headers)
        await response.write(text)
        await response.end()

    async def _whole(self, execution: Execution, running: Awaitable[Summary], pipe: PipeReader) -> None:
        file = await pipe.spool()
        summary = await running
        response = self._response(execution.request)
        await response.start(200, self._headers(execution, summary))
        async for piece in spooled(file):
            await response.write(piece)
        await response.end()

    async def _streamed(self, execution: Execution, running: Awaitable[Summary], pipe: PipeReader) -> None:
        held, everything = await pipe.gather(HELD_BYTES)
        summary = await running if everything else Summary()
        response = self._response(execution.request, bool(held))
        await response.start(200, self._headers(execution, summary))
        await response.write(held)
        while not everything and (piece := await pipe.read()):
            await response.write(piece)
        try:
            await running
        except ServerError as error:
            query_id = execution.request.query_id
            log.info("query %s failed in the middle: %s %s", query_id, error.code, error.name)
            await response.fail(error)
        await response.end()

    def _response(self, asked: QueryRequest, compress: bool = True) -> Response:
        wanted = asked.settings.get("enable_http_compression", "1") not in ("0", "false")
        encoding = compression.choose(asked.accept_encoding) if wanted and compress else None
        if encoding is None:
            return Response(self._send)
        return Response(self._send, compression.encoder(encoding), encoding)

    def _headers(self, execution: Execution, summary: Summary) -> dict[str, str]:
        return {
            "Content-Type": content_type(execution.format),
            "X-ClickHouse-Summary": summary.header(),
            "X-ClickHouse-Format": execution.format,
            "X-ClickHouse-Timezone": self._engine.timezone,
            **self._identity(execution.request.query_id),
        }

    def _identity(self, query_id: str) -> dict[str, str]:
        return {
            "X-ClickHouse-Server-Display-Name": self._engine.host,
            "X-ClickHouse-Query-Id": query_id,
        }

"""The HTTP interface: which requests there are, how many at once, and what each is answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import BinaryIO

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.responses import Response as Plain
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from infra.clickhouse import request
from infra.clickhouse.body import Body, ClientGone
from infra.clickhouse.credentials import authenticate
from infra.clickhouse.engine import Engine
from infra.clickhouse.errors import ServerError
from infra.clickhouse.execution import Execution, Summary
from infra.clickhouse.reply import Reply
from infra.clickhouse.request import QueryRequest
from infra.clickhouse.response import Interrupted
from infra.clickhouse.session import Sessions

GRACE_S = 1.0
"""How long running queries have at the end before they are ended."""
MAX_FIELD_BYTES = 64 << 20
log = logging.getLogger("clickhouse")


class Server:
    """Queries over HTTP on one engine: at most `workers` run at once, at most `queue` more wait for their turn."""

    def __init__(self, engine: Engine, workers: int = 16, queue: int = 84, password: str = "") -> None:
        self.engine = engine
        self.sessions = Sessions(engine)
        self._password = password
        self._limit = workers + queue
        self._admitted = 0
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="query")
        self._control = ThreadPoolExecutor(1, thread_name_prefix="control")

    def app(self) -> Starlette:
        """The ASGI application; its lifespan ends sessions and, at the end, every query still running."""
        routes = [
            Route("/ping", self._ok, methods=["GET", "HEAD"]),
            Route("/replicas_status", self._ok, methods=["GET", "HEAD"]),
            Route("/", _Endpoint(self)),
        ]
        return Starlette(routes=routes, lifespan=self._lifespan, exception_handlers={404: _not_found})

    async def _ok(self, _: Request) -> Plain:
        return PlainTextResponse("Ok.\n", headers={"X-ClickHouse-Server-Display-Name": self.engine.host})

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        sweeper = asyncio.create_task(self._sweep())
        yield
        sweeper.cancel()
        with suppress(asyncio.CancelledError):
            await sweeper
        # Uvicorn waits for requests only so long, and without these threads nothing could be ended any more.
        await self.stop(0.0)
        self._pool.shutdown()
        self._control.shutdown()
        self.sessions.close()

    async def stop(self, grace_s: float = GRACE_S) -> None:
        """Wait a moment for the running queries, then end those that still run."""
        deadline_s = asyncio.get_running_loop().time() + grace_s
        while self._admitted:
            if asyncio.get_running_loop().time() > deadline_s:
                await self._kill(None)
            await asyncio.sleep(0.05)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(1)
            await asyncio.to_thread(self.sessions.sweep)

    async def _kill(self, query_id: str | None) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._control, self.engine.kill, query_id)
        except ServerError as error:
            log.warning("cannot stop queries: %s", error)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request for `/`. Raises `Interrupted` when the connection has to be closed in the middle of the response."""
        query_id = ""
        try:
            if self._admitted >= self._limit:
                message = f"Too many simultaneous queries. Maximum: {self._limit}"
                raise ServerError(202, "TOO_MANY_SIMULTANEOUS_QUERIES", message)
            self._admitted += 1
            try:
                http = Request(scope, receive)
                asked = await self._understand(http)
                query_id = asked.query_id
                if not asked.query and scope["method"] in ("GET", "HEAD"):
                    await (await self._ok(http))(scope, receive, send)
                    return
                await self._query(asked, Body(receive), send, bool(asked.external) or _is_form(http))
            finally:
                self._admitted -= 1
        except ServerError as error:
            log.info("query %s failed: %s %s", query_id, error.code, error.name)
            await Reply(self.engine, send).refuse(error, query_id)
        except ClientGone:
            log.info("query %s stopped: its client has gone", query_id)

    async def _understand(self, http: Request) -> QueryRequest:
        params = dict(http.query_params)
        files: list[tuple[str, BinaryIO]] = []
        if _is_form(http):
            try:
                form = await http.form(max_files=1000, max_fields=10_000, max_part_size=MAX_FIELD_BYTES)
            except HTTPException as error:
                raise ServerError(36, "BAD_ARGUMENTS", f"Cannot read the form: {error.detail}") from None
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files.append((name, value.file))
                else:
                    params[name] = value
        authenticate(http.headers, params, self._password)
        return request.build(http.method, http.headers, params, files)

    async def _query(self, asked: QueryRequest, body: Body, send: Send, consumed: bool) -> None:
        if consumed:
            body.finished.set()
        else:
            await body.prefetch()
        execution = Execution(self.engine, self.sessions, asked, body)
        running = asyncio.get_running_loop().run_in_executor(self._pool, execution.run)
        watcher = asyncio.create_task(body.gone())
        reply = asyncio.create_task(Reply(self.engine, send).result(execution, running))
        try:
            await asyncio.wait((watcher, reply), return_when=asyncio.FIRST_COMPLETED)
            if not reply.done():
                reply.cancel()
                raise ClientGone
            await reply
        finally:
            for task in (watcher, reply):
                task.cancel()
            await asyncio.gather(watcher, reply, return_exceptions=True)
            execution.close()
            await self._ended(execution, running)

    async def _ended(self, execution: Execution, running: asyncio.Future[Summary]) -> None:
        """Wait until the thread is free again; a query nobody waits for is stopped."""
        execution.cancelled = True
        while not running.done():
            await self._kill(execution.request.query_id)
            await asyncio.wait((running,), timeout=0.1)
        with suppress(Exception):  # told to the client already, if there is one
            running.result()


class _Endpoint:
    """The ASGI application behind `/`; a class, so that Starlette hands it the request unread and takes every method."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD", "POST", "OPTIONS"):
            await PlainTextResponse("", status_code=501)(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await Plain(status_code=204, headers={"Allow": "GET, HEAD, POST, OPTIONS"})(scope, receive, send)
            return
        with suppress(
            Interrupted
        ):  # returning without the end mark makes the HTTP server close the connection
            await self._server.answer(scope, receive, send)


def _is_form(http: Request) -> bool:
    return http.method == "POST" and http.headers.get("content-type", "").startswith("multipart/form-data")


async def _not_found(http: Request, _: Exception) -> Plain:
    text = (
        f"There is no handle {http.url.path}. Use / or /ping for health checks.\n"
        "Or /replicas_status for more sophisticated health checks.\n"
        "Send queries from your program with POST method or GET /?query=...\n"
    )
    return PlainTextResponse(text, status_code=404)

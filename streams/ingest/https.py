"""Devices over HTTPS: `POST /v1/telemetry` and `POST /v1/events`, mutual TLS, answered only once Kafka has what was sent.

200 says how many units were accepted and what is wrong with the others (they are dead-lettered), 400 that none was accepted, 403 that the
certificate is not a device's, 413 that the body is too large, 503 that nothing was taken or nothing is certain and to try again.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import unquote

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schemas.errors import Fatal
from streams.ingest.edge import MAX_RAW_BYTES, Edge
from streams.ingest.peer import Peer, protocol_for
from streams.ingest.tls import Gate
from streams.ingest.unit import Delivery, Kind, Message, Part, elements, split

HOST = "127.0.0.1"
ANSWER_S = 30.0
DRAIN_S = 10
# A body is a batch: each unit in it has its own, smaller limit.
MAX_BODY_BYTES = MAX_RAW_BYTES
RETRY = {"Retry-After": "1"}
CE_PREFIX = "ce-"


class HttpsSource:
    """Serves the device API from its own thread between `start` and `close`; the port is taken when it is made."""

    def __init__(self, port: int, gate: Gate, edge: Edge) -> None:
        self._edge = edge
        self._socket = _bind(port)
        self.port = int(self._socket.getsockname()[1])
        routes = [
            Route("/v1/telemetry", self._receiver("telemetry"), methods=["POST"]),
            Route("/v1/events", self._receiver("event"), methods=["POST"]),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes),
            http=protocol_for(gate),
            ssl_context_factory=lambda _config, _default: gate.context,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws="none",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=DRAIN_S,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="https", daemon=True
        )

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def ready(self, timeout_s: float) -> bool:
        """Wait until connections are taken."""
        deadline = time.monotonic() + timeout_s
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        return self._server.started

    def pause(self) -> None:
        """Take no further connections or requests; what was taken is still answered."""
        self._server.should_exit = True

    def close(self) -> None:
        """Wait until what was taken is answered."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(DRAIN_S + 5)
        self._socket.close()

    def _receiver(self, kind: Kind) -> Callable[[Request], Awaitable[Response]]:
        async def receive(request: Request) -> Response:
            peer: Peer = request.state.peer
            if not peer.device:
                return _problem(403, "only a device's certificate may send; this one names no tenant:device")
            if self._edge.stalled:
                return _problem(503, "the log does not answer", RETRY)
            body = await _body(request)
            return await self._answer(kind, peer, request, body)

        return receive

    async def _answer(self, kind: Kind, peer: Peer, request: Request, body: bytes) -> Response:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Delivery] = loop.create_future()
        delivery = Delivery("http", lambda delivery: _resolve(loop, done, delivery))
        origin = f"http:{request.url.path}"
        parts = [
            Part(raw, f"{origin}#{number}" if number else origin)
            for number, raw in enumerate(_units(kind, request, body))
        ]
        message = Message(kind, parts, delivery, self._edge.clock(), peer.tenant, peer.device, separate=True)
        if not self._edge.intake.offer(message):
            return _problem(503, "too much is waiting for the log already", RETRY)
        try:
            await asyncio.wait_for(done, ANSWER_S)
        except TimeoutError:
            return _problem(503, f"the log did not confirm within {ANSWER_S:g} s; send it again", RETRY)
        return _result(delivery, len(body) > MAX_BODY_BYTES)


async def _body(request: Request) -> bytes:
    """The body, cut just behind the limit: what is longer is refused, but its beginning is kept as evidence."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            break
    return bytes(body[: MAX_BODY_BYTES + 1])


def _units(kind: Kind, request: Request, body: bytes) -> list[bytes]:
    """An array's elements, the lines of NDJSON, or the body as one; an event in binary mode in its structured form."""
    if kind == "event" and CE_PREFIX + "specversion" in request.headers:
        return [structured(request.headers.items(), body)]
    if len(body) <= MAX_BODY_BYTES and body.lstrip()[:1] == b"[":
        return elements(body)
    return split(body, MAX_BODY_BYTES)


def structured(headers: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """An event in binary mode as it is in structured mode; names of headers are in lower case.

    CloudEvents HTTP binding 3.1: attributes are headers, percent-encoded; the body is the data. What can't be said in JSON stays visible
    in it, to be refused: a header given twice is a key twice, bytes that are not UTF-8 are half surrogate pairs.
    """
    attributes = [
        (name.removeprefix(CE_PREFIX), unquote(value, errors="surrogateescape"))
        for name, value in headers
        if name.startswith(CE_PREFIX)
    ]
    attributes.append(("datacontenttype", dict(headers).get("content-type", "application/json")))
    members = ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in attributes)
    return b'{%s,"data":%s}' % (members.encode(), body or b"null")


def _result(delivery: Delivery, too_large: bool) -> Response:
    refused_all = delivery.dead_lettered and not delivery.accepted
    status = 413 if too_large else 400 if refused_all else 200
    problems = [msgspec.to_builtins(problem) for problem in delivery.problems]
    content = {
        "accepted": delivery.accepted,
        "dead_lettered": delivery.dead_lettered,
        "problems": sorted(problems, key=lambda problem: int(problem["index"])),
    }
    return JSONResponse(content, status, {"Connection": "close"} if too_large else None)


def _problem(status: int, reason: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": reason}, status, headers)


def _resolve(loop: asyncio.AbstractEventLoop, done: asyncio.Future[Delivery], delivery: Delivery) -> None:
    def resolve() -> None:
        if not done.done():
            done.set_result(delivery)

    if not loop.is_closed():
        loop.call_soon_threadsafe(resolve)


def _bind(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise Fatal(
            f"VEDETTE_INGEST_PORT: cannot listen on {HOST}:{port}: {error.strerror}; set it to a free port"
        ) from None
    return listener

"""A log and a store in memory, and the API on them, for tests without servers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from starlette.applications import Starlette

from schemas import event, registry
from schemas.errors import Retryable
from schemas.event import Envelope
from schemas.settings import Settings
from streams.control.app import app_of
from streams.control.catalog import Row
from streams.control.letters import Letters
from streams.control.metrics import Metrics
from streams.control.proofs import Proofs
from streams.sealing.unsealer import Unsealer
from tests.streams.sealing.memory import KeysInMemory

TOKEN = "a-token-for-tests-only"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


class MemoryJournal:
    """Keeps what was written, in order; every event goes through its bytes, as on the real log."""

    def __init__(self) -> None:
        self.written: list[Envelope] = []
        self.fails_after: int | None = None

    def append(self, envelopes: Iterable[Envelope]) -> None:
        """Write all, or fail in the middle."""
        for envelope in envelopes:
            if self.fails_after is not None and len(self.written) >= self.fails_after:
                raise Retryable("the log does not answer")
            self.written.append(registry.decode(event.to_headers(envelope), event.encode(envelope)))

    def rollouts(self, start: int) -> Iterator[tuple[int, Envelope]]:
        """Every rollout event from `start`."""
        found = [e for e in self.written if type(e.data).TOPIC == "rollouts"]
        yield from list(enumerate(found))[start:]


class MemoryCatalog:
    """Answers with prepared rows by view; a view set to None does not answer."""

    def __init__(self, **views: list[Row] | None) -> None:
        self.views = views

    def rows(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The rows of the view the query names."""
        named = re.search(r"FROM (\w+)", sql)
        rows = self.views.get(named[1] if named else "one", [])
        if rows is None:
            raise Retryable("the store does not answer")
        return rows


class Api:
    """The API with a client that has the token; `now` is its clock."""

    def __init__(self, **views: list[Row] | None) -> None:
        self.journal = MemoryJournal()
        self.store = MemoryCatalog(**views)
        self.metrics = Metrics()
        self.now = NOW
        app = app_of(self.journal, self.store, TOKEN, lambda: self.now, self.metrics)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://api",
            headers={"Authorization": f"Bearer {TOKEN}"},
        )

    async def get(self, path: str, **more: Any) -> httpx.Response:
        """GET with the token."""
        return await self.http.get(path, **more)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """POST JSON with the token."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.post(path, json={} if body is None else body, headers=named)


class Caller:
    """An API asked from outside asynchronous code."""

    def __init__(self, app: Starlette) -> None:
        self._app = app

    def get(self, path: str, **headers: str) -> httpx.Response:
        """GET with the token."""
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any) -> httpx.Response:
        """POST JSON with the token."""
        return self.ask("POST", path, body)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request; underscores in a header's name are hyphens."""
        named = {"Authorization": f"Bearer {TOKEN}"}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}

        async def asked() -> httpx.Response:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(self._app), base_url="http://api"
            ) as http:
                return await http.request(method, path, headers=named, json=body)

        return asyncio.run(asked())


def proving(settings: Settings) -> Caller:
    """An API that proves and settles on the log the settings name."""
    more = [
        *Proofs(settings).operations(),
        *Letters(settings.kafka_bootstrap, Unsealer(KeysInMemory()), lambda: NOW).operations(),
    ]
    return Caller(app_of(MemoryJournal(), MemoryCatalog(), TOKEN, lambda: NOW, Metrics(), more))

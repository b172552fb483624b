"""Sessions: connections that outlive a request, found by `session_id`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from infra.clickhouse.connection import Connection
from infra.clickhouse.engine import Engine
from infra.clickhouse.errors import ServerError
from infra.clickhouse.request import QueryRequest


@dataclass
class _Session:
    connection: Connection
    busy: bool = True
    expires_s: float = 0.0


class Sessions:
    """All open sessions. A session runs one query at a time and ends `session_timeout` seconds after its last one."""

    def __init__(self, engine: Engine, now_s: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._now_s = now_s
        self._sessions: dict[str, _Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    @contextmanager
    def connection(self, request: QueryRequest) -> Iterator[Connection]:
        """The connection of the request's session, or a fresh one for this request alone.

        Raises `ServerError` 372 when `session_check` finds no session and 373 when another query runs in it.
        """
        if not request.session_id:
            connection = self._engine.connect()
            try:
                yield connection
            finally:
                connection.close()
            return
        session = self._take(request.session_id, request.session_check)
        try:
            yield session.connection
        finally:
            with self._lock:
                session.busy = False
                session.expires_s = self._now_s() + request.session_timeout_s

    def sweep(self) -> None:
        """Close the sessions whose time is over."""
        with self._lock:
            now_s = self._now_s()
            over = [
                name for name, kept in self._sessions.items() if not kept.busy and kept.expires_s <= now_s
            ]
            ended = [self._sessions.pop(name) for name in over]
        for session in ended:
            session.connection.close()

    def close(self) -> None:
        """Close every session; none may be running."""
        with self._lock:
            ended = list(self._sessions.values())
            self._sessions.clear()
        for session in ended:
            session.connection.close()

    def _take(self, name: str, check: bool) -> _Session:
        self.sweep()
        with self._lock:
            session = self._sessions.get(name)
            if session is None:
                if check:
                    raise ServerError(372, "SESSION_NOT_FOUND", f"Session {name[:64]} not found")
                session = self._sessions[name] = _Session(self._engine.connect(persistent=True))
            elif session.busy:
                raise ServerError(
                    373, "SESSION_IS_LOCKED", f"Session {name[:64]} is locked by a concurrent client"
                )
            session.busy = True
            return session

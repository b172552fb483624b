"""The engine: the one chdb store of this process, its connections and its running queries."""

from __future__ import annotations

import platform
from importlib import import_module
from pathlib import Path
from typing import Any

from infra.clickhouse import errors, lock
from infra.clickhouse.connection import Connection, quote
from infra.clickhouse.errors import ServerError
from schemas.errors import Fatal

# Merges can wait, inserts and queries can't: their threads get a tenth of a core that others want, and all of one that nobody wants.
SERVER_SETTINGS = "os_threads_nice_value_merge_mutate=10"


class Engine:
    """Opens the store and owns it until `close`; raises `Fatal` when another process has it or it cannot be opened.

    Importing chdb takes a second and 150 MB, so it happens here and not with the module.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock = lock.take(self.path)
        _chdb: Any = import_module("chdb._chdb")
        _chdb.set_signal_handlers_enabled(False)  # SIGTERM and SIGINT are the server's
        self._chdb = _chdb
        try:
            self._anchor = self.connect()
        except RuntimeError as error:
            raise Fatal(f"the ClickHouse store {self.path} cannot be opened: {error}") from None
        self.version, self.timezone = self._anchor.rows("SELECT version(), timezone()")[0]
        self.host = platform.node()
        self._running: set[str] = set()
        errors.set_version(self.version)

    def connect(self, persistent: bool = False) -> Connection:
        """A new connection; `persistent` for one that a session keeps."""
        return Connection(self._chdb.connect(f"{self.path}?{SERVER_SETTINGS}"), persistent)

    def start(self, query_id: str) -> None:
        """Note that a query runs; raises `ServerError` 216 when one of the same id does."""
        if query_id in self._running:
            message = f"Query with id = {query_id} is already running"
            raise ServerError(216, "QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING", message)
        self._running.add(query_id)

    def end(self, query_id: str) -> None:
        """Note that a query has ended."""
        self._running.discard(query_id)

    def kill(self, query_id: str | None = None) -> None:
        """Ask a running query, or all of them, to stop; it does so at its next block, and fails with QUERY_WAS_CANCELLED."""
        which = "1" if query_id is None else f"Settings['log_comment'] = {quote(query_id)}"
        connection = self.connect()
        try:
            connection.run(f"KILL QUERY WHERE {which} ASYNC")
        finally:
            connection.close()

    def close(self) -> None:
        """Close the store and let another process have it; running queries must have ended."""
        self._anchor.close()
        self._lock.close()

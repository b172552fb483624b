"""One query, run on a thread from its first byte to its last; its result leaves through a pipe.

The engine itself writes the result into the pipe, in whatever format was asked for, while the event loop reads the other end:
memory stays bounded however large the result, and a slow reader slows the query down.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from infra.clickhouse import compression, statement
from infra.clickhouse.body import Body, ClientGone
from infra.clickhouse.connection import Connection, identifier
from infra.clickhouse.engine import Engine
from infra.clickhouse.errors import ServerError
from infra.clickhouse.request import ExternalTable, QueryRequest
from infra.clickhouse.session import Sessions
from infra.clickhouse.statement import Statement

PIPE_BYTES = 1 << 20
PIECE_BYTES = 1 << 20
STATEMENT_BYTES = 256 * 1024
"""How much of a body is looked at before an INSERT's data must have begun (ClickHouse's max_query_size)."""


@dataclass(frozen=True)
class Summary:
    """What a query has cost; `header` is the value of X-ClickHouse-Summary."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0
    elapsed_ns: int = 0

    @classmethod
    def of(cls, result: Any) -> Summary:
        """The counters of a chdb result."""
        return cls(
            result.storage_rows_read(),
            result.storage_bytes_read(),
            result.rows_written(),
            result.bytes_written(),
            result.rows_read(),
            result.bytes_read(),
            int(result.elapsed() * 1e9),
        )

    def header(self) -> str:
        """JSON with numbers as strings, the way the real server writes them."""
        values = {name: str(value) for name, value in vars(self).items()}
        return json.dumps({**values, "total_rows_to_read": values["read_rows"]}, separators=(",", ":"))


class Execution:
    """A query on its way. `run` belongs to a worker thread; `output` is the pipe's end the event loop reads until it is at its end.

    `format` is known before the first byte arrives in the pipe.
    """

    def __init__(self, engine: Engine, sessions: Sessions, request: QueryRequest, body: Body) -> None:
        self.request = request
        self.format = request.default_format
        self.cancelled = False
        self._engine = engine
        self._sessions = sessions
        self._body = body
        self.output, self._input = os.pipe()
        os.set_blocking(self.output, False)
        with suppress(OSError):  # more than an unprivileged user may have: the default size works too
            fcntl.fcntl(self._input, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def run(self) -> Summary:
        """Run the query to its end. Raises `ServerError` for what the client is to read, `ClientGone` when there is none any more."""
        try:
            if self.cancelled:
                raise ClientGone
            self._engine.start(self.request.query_id)
            try:
                with self._sessions.connection(self.request) as connection:
                    return self._run(connection)
            finally:
                self._engine.end(self.request.query_id)
        finally:
            os.close(self._input)

    def close(self) -> None:
        """Close the reading end; a query still running gets no further than the next write."""
        os.close(self.output)

    def _run(self, connection: Connection) -> Summary:
        request = self.request
        query, data = self._read()
        if query.format and query.data_at is None:
            self.format = query.format
        settings = {"log_comment": request.query_id, **request.settings}
        scope = connection.scope(query, settings, request.parameters, request.database, request.readonly)
        with temporary(connection, request.external), scope:
            if query.structure:
                return self._through_input(connection, query, data)
            if query.data_at is not None:
                return Summary.of(connection.insert(query.sql, query.format or "Values", data))
            return self._stream(connection, query) if query.streamed else self._whole(connection, query)

    def _read(self) -> tuple[Statement, Iterator[bytes]]:
        """The statement, from the URL and the body one after the other, and the data that follows it."""
        pieces = compression.decode(self.request.content_encoding, self._body.pieces())
        text = bytearray(self.request.query)
        if text:
            found = statement.parse(bytes(text))
            if found and found.data_at is not None and found.format:
                return found, chain((bytes(text[found.data_at :]),), pieces)
            text += b"\n"
        look_at = STATEMENT_BYTES
        for piece in pieces:
            text += piece
            if len(text) >= look_at:
                found = statement.parse(bytes(text), complete=False)
                if found and found.data_at is not None:
                    return found, chain((bytes(text[found.data_at :]),), pieces)
                look_at = 2 * len(text)
        found = statement.parse(bytes(text))
        assert found is not None  # a complete text always is one
        return found, iter((bytes(text[found.data_at or 0 :]),))

    def _stream(self, connection: Connection, query: Statement) -> Summary:
        into = f"INTO OUTFILE '/proc/self/fd/{self._input}' TRUNCATE FORMAT {self.format} {query.tail}"
        try:
            return Summary.of(connection.run(f"{query.sql}\n{into}", self.format))
        except ServerError as error:
            if error.name != "SYNTAX_ERROR":
                raise
        # Either the client's error, then its text should not show ours, or a statement that has no INTO OUTFILE.
        return self._whole(connection, query)

    def _whole(self, connection: Connection, query: Statement) -> Summary:
        sql = statement.kill_by_id(query.sql) if query.kind == "KILL" else query.sql
        result = connection.run(f"{sql} {query.tail}".rstrip(), self.format)
        with memoryview(result.bytes()) as left:
            written = 0
            while written < len(left):
                written += os.write(self._input, left[written : written + PIECE_BYTES])
        return Summary.of(result)

    def _through_input(self, connection: Connection, query: Statement, data: Iterator[bytes]) -> Summary:
        """INSERT ... SELECT ... FROM input(): the data is first held in memory, as a temporary table."""
        table = ExternalTable(statement.INPUT, query.structure, query.format or "Values", data)
        with temporary(connection, (table,)):
            return Summary.of(connection.run(query.sql))


@contextmanager
def temporary(connection: Connection, tables: Iterable[ExternalTable]) -> Iterator[None]:
    """The tables as temporary ones, for as long as this is open."""
    made: list[str] = []
    try:
        for table in tables:
            name = identifier(table.name)
            connection.run(f"CREATE TEMPORARY TABLE {name} ({table.structure}) ENGINE = Memory")
            made.append(name)
            connection.insert(f"INSERT INTO {name}", table.format, table.pieces)
        yield
    finally:
        for name in made:
            connection.run(f"DROP TEMPORARY TABLE IF EXISTS {name}")

"""A connection to the engine: what one query, or one session's queries, run on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from infra.clickhouse.errors import ServerError
from infra.clickhouse.statement import Statement


def quote(text: str) -> str:
    """A string literal of ClickHouse's SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(name: str) -> str:
    """A quoted identifier of ClickHouse's SQL."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


class Connection:
    """One chdb connection: settings, current database and temporary tables are its own.

    It may be used from any thread, by one at a time. Opening one costs a tenth of a millisecond, so a query outside of a session
    gets a fresh one, and nothing of it can leak into the next. In a session (`persistent`) what came with the request is undone
    after it, and what the query itself did (SET, USE, temporary tables) stays.
    """

    def __init__(self, raw: Any, persistent: bool = False) -> None:
        self._raw = raw
        self._persistent = persistent
        self._database = "default"
        self._own_settings = False

    def run(self, sql: str, format_name: str = "Null") -> Any:
        """Run one statement to its end; the chdb result has its bytes and its counters. Raises `ServerError`."""
        try:
            return self._raw.query(sql, format_name)
        except RuntimeError as error:
            raise ServerError.of_engine(str(error)) from None

    def rows(self, sql: str) -> list[list[str]]:
        """The rows of a small query whose values contain no tab and no line end."""
        return [line.split("\t") for line in self.run(sql, "TSVRaw").bytes().decode().splitlines()]

    def insert(self, sql: str, format_name: str, pieces: Iterable[bytes]) -> Any:
        """Feed data in an input format into an INSERT (its text ends before FORMAT), in constant memory.

        Raises `ServerError`; then, and when `pieces` raises, nothing more than the blocks already full was written.
        """
        try:
            handle = self._raw.send_insert(sql, format_name)
            try:
                for piece in pieces:
                    self._raw.insert_append(handle, piece)
            except BaseException:
                with suppress(RuntimeError):
                    self._raw.insert_cancel(handle)
                raise
            return self._raw.insert_done(handle)
        except RuntimeError as error:
            raise ServerError.of_engine(str(error)) from None

    def mutates(self, statement: Statement) -> bool:
        """Whether a statement changes stored data or schema; what does not parse does not, it only fails."""
        if statement.kind.startswith("INSERT"):
            return True
        return bool(self._raw.classify_query(statement.sql)["query_class"].name == "MUTATING")

    @contextmanager
    def scope(
        self,
        statement: Statement,
        settings: Mapping[str, str],
        parameters: Mapping[str, str],
        database: str,
        readonly: bool,
    ) -> Iterator[None]:
        """Run a request's statement inside this: its settings, parameters and database hold only there."""
        if not self._persistent:
            self._enter(settings, parameters, database)
            if readonly:
                self._assign({"readonly": settings.get("readonly", "2")})
            yield
            return
        settings = {name: value for name, value in settings.items() if name != "readonly"}
        if readonly and self.mutates(statement):  # `readonly` itself could not be undone
            raise ServerError(164, "READONLY", "default: Cannot execute query in readonly mode")
        with self._undone(statement, settings, database):
            self._enter(settings, parameters, database)
            yield

    def close(self) -> None:
        """Give the connection back; its temporary tables are gone."""
        self._raw.close()

    def _enter(self, settings: Mapping[str, str], parameters: Mapping[str, str], database: str) -> None:
        self._assign(
            {
                **{name: value for name, value in settings.items() if name != "readonly"},
                **{f"param_{name}": value for name, value in parameters.items()},
            }
        )
        if database and database != self._database:
            self.run(f"USE {identifier(database)}")

    def _assign(self, values: Mapping[str, str]) -> None:
        if values:
            self.run("SET " + ", ".join(f"{name} = {quote(value)}" for name, value in values.items()))

    @contextmanager
    def _undone(self, statement: Statement, settings: Mapping[str, str], database: str) -> Iterator[None]:
        kept = self._changed(settings) if self._own_settings else {}
        try:
            yield
        finally:
            if statement.kind == "SET":
                self._own_settings = True
            back = [name for name in settings if name not in statement.sets]
            if back:
                self.run("SET " + ", ".join(f"{name} = DEFAULT" for name in back))
            self._assign({name: value for name, value in kept.items() if name in back})
            if statement.kind == "USE":
                self._database = self.rows("SELECT currentDatabase()")[0][0]
            elif database and database != self._database:
                with suppress(ServerError):  # the session's own database may have been dropped meanwhile
                    self.run(f"USE {identifier(self._database)}")

    def _changed(self, names: Iterable[str]) -> dict[str, str]:
        """What the session itself has set of these settings."""
        listed = ", ".join(quote(name) for name in names)
        if not listed:
            return {}
        sql = f"SELECT name, value FROM system.settings WHERE changed AND name IN ({listed})"  # noqa: S608  quoted
        return {name: value for name, value in self.rows(sql)}  # noqa: C416  rows are lists

"""Asking ClickHouse: rows as typed records, parameters bound by the server, and one clear error when it can't answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol, TypeVar
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.query import QueryResult

from dashboards.unsealing import Unsealing
from schemas.errors import Retryable

CONNECT_TIMEOUT_S = 3
ANSWER_TIMEOUT_S = 20
NO_SUCH_TABLE = ("UNKNOWN_TABLE", "UNKNOWN_FUNCTION", "UNKNOWN_DATABASE")


class StoreUnavailable(Retryable):
    """ClickHouse did not answer; `where` is its address without the password, `advice` what a person can do."""

    def __init__(self, where: str, problem: str, advice: str) -> None:
        super().__init__(f"ClickHouse at {where}: {problem}")
        self.where = where
        self.problem = problem
        self.advice = advice


class Record(Protocol):
    """A dataclass whose field names are the columns it is read from."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


Row = TypeVar("Row", bound=Record)


class Store:
    """A ClickHouse to read from. One client is shared by all threads of the dashboard, which needs it without a session."""

    def __init__(self, url: str, unsealing: Unsealing | None = None) -> None:
        self._url = url
        self._client: Any = None
        self._unsealing = unsealing or Unsealing()

    @property
    def where(self) -> str:
        """Host and port, for messages."""
        parts = urlsplit(self._url)
        return f"{parts.hostname}:{parts.port}" if parts.hostname else self._url

    def rows(self, kind: type[Row], source: str, parameters: Mapping[str, Any]) -> list[Row]:
        """The answer to `SELECT <the fields of kind> FROM <source>`, in its order.

        `source` is SQL text written by us; everything that varies is in `parameters`, named in it as `{name:Type}`. Times are aware. Raises
        StoreUnavailable.
        """
        columns = ", ".join(f"`{field.name}`" for field in dataclasses.fields(kind))
        found = self._ask(f"SELECT {columns} FROM {source}", parameters)  # noqa: S608  all of it is ours
        return [kind(*row) for row in self._unsealing.rows(found.result_rows)]

    def one(self, kind: type[Row], source: str, parameters: Mapping[str, Any]) -> Row | None:
        """The first row of the answer, None where there is none."""
        return next(iter(self.rows(kind, f"{source} LIMIT 1", parameters)), None)

    def named(self, query: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The answer to a whole query of ours, each row by column name; parameters, times and errors as in `rows`."""
        found = self._ask(query, parameters)
        return [
            dict(zip(found.column_names, row, strict=True)) for row in self._unsealing.rows(found.result_rows)
        ]

    def close(self) -> None:
        """Let go of the connections; the next question opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _ask(self, query: str, parameters: Mapping[str, Any]) -> QueryResult:
        bound = {name: _bound(value) for name, value in parameters.items()}
        try:
            if self._client is None:
                self._client = self._connect()
            answer: QueryResult = self._client.query(query, parameters=bound, tz_mode="aware")
        except (ClickHouseError, OSError) as error:
            raise self._unavailable(error) from error
        return answer

    def _connect(self) -> Any:
        return clickhouse_connect.get_client(
            dsn=self._url,
            autogenerate_session_id=False,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
            query_retries=0,
        )

    def _unavailable(self, error: Exception) -> StoreUnavailable:
        text = str(error)
        if any(name in text for name in NO_SUCH_TABLE):
            return StoreUnavailable(
                self.where,
                "its tables are not there yet",
                "The archive makes them when it starts: see make status, then build/logs/archive.log.",
            )
        if isinstance(error, OSError) or "Connection refused" in text or "Max retries" in text:
            return StoreUnavailable(
                self.where,
                "nothing answers there",
                "make up starts it with all else; where the rest runs, .venv/bin/python -m infra.stack start clickhouse does. "
                "Or set VEDETTE_CLICKHOUSE_URL to a running one. This page goes on by itself.",
            )
        first_line = text.strip().partition("\n")[0][:300]
        return StoreUnavailable(
            self.where, f"it refused the question: {first_line}", "See build/logs/clickhouse.log."
        )


def _bound(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return list(value) if isinstance(value, tuple | set | frozenset) else value

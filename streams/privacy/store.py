"""What the privacy process asks the store: is everything of these keys gone, files included, and how much is past its retention."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from clickhouse_connect.driver.client import Client

from schemas.errors import Retryable
from schemas.personal import ERASED
from streams.store import KNOWN, connect, told_apart

# Every table that keeps texts of events or of refused input: the text, and what names the subject.
TEXTS = {
    "events": ("data", "subject"),
    "known_events": ("data", "subject"),
    "dead_letters": ("raw", "device"),
}


class Store:
    """The ClickHouse at `url`; connects at the first question. Every method raises Retryable where it doesn't answer (yet)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None
        self._awaited: dict[str, frozenset[str]] = {}

    def purged(self, tenant: str, subject: str, request: str, keys: Collection[str]) -> dict[str, int]:
        """For each table the subject's rows that say `[erased]`, once none holds a token of these keys and no replaced part is left on the
        disk; Retryable, saying what is awaited, before."""
        with told_apart("see whether the store has forgotten"):
            self._await_tables()
            self._await_event(tenant, subject, request)
            for table, (text, _) in TEXTS.items():
                self._await_rows(table, text, keys)
            self._await_parts(request)
            return {
                table: self._erased_rows(table, *columns, tenant, subject) for table, columns in TEXTS.items()
            }

    def knows(self, tenant: str, subject: str) -> bool:
        """Whether anything but requests to erase it was ever stored of a subject."""
        with told_apart("see whether the store knows a device"):
            return self._ask(KNOWN, tenant=tenant, subject=subject) > 0

    def older(self, table: str, cutoff: datetime) -> int:
        """How many rows of a table were recorded before the cutoff."""
        with told_apart(f"count what is old in {table}"):
            self._await_tables()
            return self._ask(
                f"SELECT count() FROM {table} WHERE recorded_time < {{cutoff:String}}",  # noqa: S608  a name of ours
                cutoff=cutoff.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f"),
            )

    def _await_tables(self) -> None:
        # The last thing its migration makes that is not made before.
        if not self._ask("EXISTS retention_runs"):
            raise Retryable("the archive has not made its tables yet")

    def _await_event(self, tenant: str, subject: str, request: str) -> None:
        met = self._ask(
            """SELECT count() FROM events WHERE tenant = {tenant:String} AND topic = 'privacy' AND subject = {subject:String}
            AND type = 'subject.key_destroyed.v1' AND JSONExtractString(data, 'request') = {request:String}""",
            tenant=tenant,
            subject=subject,
            request=request,
        )
        if not met:
            raise Retryable("the archive has not met the erasure yet")

    def _await_rows(self, table: str, text: str, keys: Collection[str]) -> None:
        if not keys:
            return
        tokens = [f"sealed.v1.{key}." for key in keys]
        left = self._ask(
            f"SELECT count() FROM {table} WHERE multiSearchAny({text}, {{tokens:Array(String)}})",  # noqa: S608
            tokens=tokens,
        )
        if left:
            raise Retryable(f"{left} rows of {table} still hold tokens of the destroyed key")

    def _await_parts(self, request: str) -> None:
        """Only those that were replaced when the rows were first seen clean: a busy store always has some."""
        now = self._replaced()
        left = self._awaited.setdefault(request, now) & now
        if left:
            raise Retryable(f"{len(left)} replaced parts are still on the disk")

    def _replaced(self) -> frozenset[str]:
        (parts,) = self._row(
            """SELECT groupArray(concat(table, '/', name)) FROM system.parts
            WHERE database = currentDatabase() AND NOT active AND table IN {tables:Array(String)}""",
            tables=list(TEXTS),
        )
        return frozenset(parts)

    def _erased_rows(self, table: str, text: str, whose: str, tenant: str, subject: str) -> int:
        return self._ask(
            f"SELECT count() FROM {table} FINAL "  # noqa: S608
            f"WHERE tenant = {{tenant:String}} AND {whose} = {{subject:String}} AND position({text}, {{erased:String}}) > 0",
            tenant=tenant,
            subject=subject,
            erased=ERASED,
        )

    def _ask(self, query: str, **parameters: str | list[str]) -> int:
        return int(self._row(query, **parameters)[0])

    def _row(self, query: str, **parameters: str | list[str]) -> Sequence[Any]:
        if self._client is None:
            self._client = connect(self._url)
        row: Sequence[Any] = self._client.query(query, parameters=parameters).first_row
        return row

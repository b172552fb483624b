"""A story told in events, and what views say of it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from clickhouse_connect.driver.client import Client

from schemas import event, telemetry
from schemas.event import Envelope, Event
from streams.archive.batch import batch_of
from streams.archive.buffer import Partition, Record
from streams.archive.target import Target
from tests.streams.archive.sample import EPOCH, batch, envelope

Row = dict[str, Any]


class Story:
    """Stores events in the order they are told, each topic one partition, and asks views."""

    def __init__(self, client: Client, target: Target) -> None:
        self.client = client
        self._target = target
        self._offsets: dict[str, int] = {}
        # Each story starts its offsets anew, so without this its inserts would be taken for repetitions.
        self._name = uuid.uuid4().hex

    def tell(self, *told: Envelope | Record) -> None:
        """Store them, after what was told before."""
        cut: dict[Partition, list[Record]] = {}
        for one in told:
            record = one if isinstance(one, Record) else self._record(one)
            offset = self._offsets[record.topic] = self._offsets.get(record.topic, -1) + 1
            cut.setdefault((record.topic, 0), []).append(record._replace(offset=offset))
        made = batch_of(cut, EPOCH)
        assert made.letters == ()
        for insert in (*made.inserts, made.ledger):
            self._target.insert(replace(insert, token=f"{insert.token}-{self._name}"))

    def ask(self, view: str, *tenants: str, where: str = "1") -> list[Row]:
        """The rows of a view, of these tenants where it has a tenant."""
        source = f"{view}(tenants = {{tenants:Array(String)}})" if tenants else view
        found = self.client.query(
            f"SELECT * FROM {source} WHERE {where}", parameters={"tenants": list(tenants)}
        )
        return list(found.named_results())

    def one(self, view: str, *tenants: str, where: str = "1") -> Row:
        """The only row of a view."""
        (row,) = self.ask(view, *tenants, where=where)
        return row

    def _record(self, found: Envelope) -> Record:
        return Record(
            type(found.data).TOPIC, 0, 0, tuple(event.to_headers(found)), event.encode(found), EPOCH
        )


def about(number: int, data: Event, subject: str = "cam", after_s: float | None = None) -> Envelope:
    """An event of acme, after as many seconds as its number says where `after_s` says nothing."""
    return envelope("acme", subject, number, data, number if after_s is None else after_s)


def at(after_s: float) -> Any:
    """A time of the story as the store has it."""
    return (EPOCH + timedelta(seconds=after_s)).astimezone(UTC).replace(tzinfo=None)


def of(row: Row, names: str) -> tuple[Any, ...]:
    """What these columns say; their names have spaces between them."""
    return tuple(row[name] for name in names.split())


def measured(first: int, rows: int) -> Record:
    """A batch of reports of acme's `cam`, a row a second from `first`."""
    headers, value = telemetry.encode(batch("acme", "cam", first, rows))
    return Record("telemetry", 0, 0, tuple(headers), value, EPOCH)

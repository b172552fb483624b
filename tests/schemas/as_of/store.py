"""A history in the real tables, as the archive would store it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from threading import Event
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client

from schemas import event, telemetry
from schemas.as_of.ask import Row
from schemas.event import Envelope
from streams.archive.batch import batch_of
from streams.archive.buffer import Partition, Record
from streams.archive.target import Target
from streams.store import connect
from tests.schemas.as_of.history import Told
from tests.streams.archive.sample import EPOCH


class Past:
    """A migrated store; each history in it has a tenant of its own."""

    def __init__(self, url: str, client: Client) -> None:
        self.client = client
        self._target = Target(url, Event())
        self._target.migrate()

    def tell(self, history: list[Told], batches: int = 1) -> str:
        """Store the history in so many batches; returns its tenant."""
        tenant = uuid.uuid4().hex
        records = [record_of(tenant, offset, told) for offset, told in enumerate(history)]
        size = max(1, -(-len(records) // batches))
        for first in range(0, len(records), size):
            self._store(records[first : first + size], f"{tenant}-{first}")
        return tenant

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> list[Row]:
        """An `Ask`."""
        return list(self.client.query(sql, parameters=dict(parameters), tz_mode="aware").named_results())

    def merge(self) -> None:
        """What ClickHouse does by itself some time: throw away what was replaced."""
        for table in ("events", "telemetry", "known_events", "known_telemetry", "known_hours"):
            self.client.command(f"OPTIMIZE TABLE {table} FINAL")

    def _store(self, records: list[Record], name: str) -> None:
        cut: dict[Partition, list[Record]] = {}
        for record in records:
            cut.setdefault((record.topic, 0), []).append(record)
        made = batch_of(cut, EPOCH)
        assert made.letters == ()
        for insert in made.inserts:
            self._target.insert(replace(insert, token=f"{insert.token}-{name}"))


def record_of(tenant: str, offset: int, told: Told) -> Record:
    """The Kafka record that tells it; the offset is also its place among all records."""
    if told.data is None:
        headers, value = telemetry.encode(_report(tenant, told))
        return Record("telemetry", 0, offset, tuple(headers), value, told.recorded_time)
    envelope = Envelope(
        id=told.id, type=told.data.TYPE, source="test", subject=told.subject, tenant=tenant, time=told.time, data=told.data
    )  # fmt: skip
    headers = event.to_headers(envelope)
    return Record(told.topic, 0, offset, tuple(headers), event.encode(envelope), told.recorded_time)


def _report(tenant: str, told: Told) -> pa.RecordBatch:
    time = pa.array([told.time], pa.timestamp("us", "UTC"))
    text = {name: pa.array([value], pa.string()).dictionary_encode() for name, value in _texts(tenant, told)}
    columns = [
        pa.array([told.id.encode().ljust(16)], pa.binary(16)), text["tenant"], text["device"], time, time,
        text["model"], text["site"], text["firmware"], pa.array([told.value]),
    ]  # fmt: skip
    return pa.RecordBatch.from_arrays(columns, schema=telemetry.schema_for(["value"]))


def _texts(tenant: str, told: Told) -> list[tuple[str, str]]:
    return [
        ("tenant", tenant), ("device", told.subject), ("model", "cam"), ("site", "lab"), ("firmware", told.firmware)
    ]  # fmt: skip


@pytest.fixture(scope="session")
def past_url(clickhouse_url: str) -> str:
    """The URL of a database of its own, which does not exist yet."""
    return f"{clickhouse_url}/past_{uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="session")
def past(past_url: str) -> Iterator[Past]:
    """An empty migrated store, one for all tests: they tell histories of tenants of their own."""
    with connect(past_url) as client:
        yield Past(past_url, client)

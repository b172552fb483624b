"""What the archive's tests share: an empty database, things to archive, and an archive to run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from clickhouse_connect.driver.client import Client

from schemas import telemetry
from schemas.security import AuthenticationFailed
from schemas.topics import TOPICS
from streams.archive.archive import Archive
from streams.archive.buffer import Partition
from streams.log.partition import partition_of
from streams.log.writer import LogWriter
from tests.database import store, store_url
from tests.streams.archive.sample import batch, envelope

DEADLINE_S = 60.0
__all__ = ["store", "store_url"]


@pytest.fixture
def writer(kafka_bootstrap: str) -> LogWriter:
    """Writes as ingest does."""
    return LogWriter(kafka_bootstrap, "ingest")


def feed(writer: LogWriter, tenant: str, first: int, records: int, rows: int = 10) -> None:
    """`records` telemetry batches of `rows` events over five devices, and a failed login each, numbered from `first`."""
    for number in range(first, first + records):
        device = f"d{number % 5}"
        headers, value = telemetry.encode(batch(tenant, device, number * rows, rows, ("a", "b")))
        key = f"{tenant}/{device}".encode()
        partition = partition_of(key, TOPICS["telemetry"].partitions)
        writer.append_raw("telemetry", value, key=key, headers=headers, partition=partition)
        login = AuthenticationFailed(account="root", address="127.0.0.9")
        writer.append(envelope(tenant, device, number, login, number))
    writer.flush()


def until(condition: Callable[[], bool], what: str) -> None:
    """Poll a condition; the test fails with `what` where it does not come true in time."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.05)


@contextmanager
def archiving(bootstrap: str, url: str, prefix: Mapping[Partition, int] | None = None) -> Iterator[None]:
    """An archive in a thread, of a prefix of the log or all of it, stopped at the end; what it raises fails the test."""
    stop = threading.Event()
    failures: list[Exception] = []

    def run() -> None:
        try:
            Archive(bootstrap, url, stop, until=prefix).run()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(DEADLINE_S)
    assert not failures, failures


def counts(store: Client, tenant: str) -> tuple[int, int, int, int]:
    """Telemetry rows physically there and distinct, and the same of events, of one tenant."""
    row = store.query(
        """
        SELECT
            (SELECT count() FROM telemetry WHERE tenant = {tenant:String}),
            (SELECT uniqExact(event_id) FROM telemetry WHERE tenant = {tenant:String}),
            (SELECT count() FROM events WHERE tenant = {tenant:String}),
            (SELECT uniqExact(id) FROM events WHERE tenant = {tenant:String})
        """,
        parameters={"tenant": tenant},
    ).result_rows[0]
    return row[0], row[1], row[2], row[3]


def migrated(store: Client) -> bool:
    """Whether all tables are there."""
    return bool(store.command("EXISTS tenants"))


def overlaps(store: Client) -> list[tuple[str, int, int]]:
    """Ranges in the ledger that begin before the one before them ended."""
    return [
        (row[0], row[1], row[2])
        for row in store.query(
            """
            SELECT topic, kafka_partition, first_offset FROM
            (
                SELECT *, lagInFrame(last_offset) OVER w AS before, row_number() OVER w AS nth
                FROM ledger_ranges FINAL
                WINDOW w AS (PARTITION BY topic, kafka_partition ORDER BY first_offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
            )
            WHERE nth > 1 AND first_offset <= before
            """
        ).result_rows
    ]

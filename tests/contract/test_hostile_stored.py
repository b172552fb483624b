"""Hostile input on its whole way, into the store: everything ingest counted as accepted or dead-lettered is there, exactly."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from dashboards.queries import ledger
from dashboards.store import Store
from streams.ingest.unit import split
from streams.store import connect
from tests.contract.corpus.hostile import Hostile, hostile
from tests.contract.corpus.live import Ingest, await_ledger, live_ingest, publish, send_raw
from tests.streams.archive.conftest import archiving, migrated, overlaps, until

pytestmark = [pytest.mark.kafka, pytest.mark.mqtt, pytest.mark.clickhouse]
DEADLINE_S = 60.0


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Ingest]:
    with live_ingest(tmp_path) as started:
        yield started


@pytest.fixture
def store_url(clickhouse_url: str) -> Iterator[str]:
    """A database of its own, dropped after the test."""
    url = f"{clickhouse_url}/hostile_{uuid.uuid4().hex[:12]}"
    connect(url).close()
    yield url
    with connect(clickhouse_url) as root:
        root.command(f"DROP DATABASE {url.rpartition('/')[2]}")


def sent(running: Ingest) -> tuple[int, int, int]:
    """Everything we made up over Kafka, and as much as a device may send over MQTT; received, accepted and dead-lettered."""
    inputs = hostile(datetime.now(UTC), None)
    send_raw(running, inputs)
    bodies = [one.raw for one in inputs if len(one.raw) < 100_000 and _is_tried_once(one)]
    publish(running, "hostile:cam-1", [(kind, raw) for kind in ("telemetry", "events") for raw in bodies])
    units = {
        "kafka": sum(len(split(one.raw)) for one in inputs),
        "mqtt": 2 * sum(len(split(raw)) for raw in bodies),
    }
    counted = [await_ledger(running, channel, count) for channel, count in units.items()]
    assert [received for received, _, _ in counted] == list(units.values())
    received, accepted, refused = (sum(column) for column in zip(*counted, strict=True))
    return received, accepted, refused


def _is_tried_once(one: Hostile) -> bool:
    return " as " not in one.name


def test_what_was_accepted_is_stored_and_what_was_not_is_among_the_dead_letters(
    running: Ingest, store_url: str
) -> None:
    received, accepted, refused = sent(running)
    assert received == accepted + refused
    with archiving(running.bootstrap, store_url):
        client = connect(store_url)
        until(lambda: migrated(client) and _is_there(client, accepted, refused), "all of it in the store")
    written = running.written()
    sessions = sum(envelope.source == "mqtt-broker" for envelope in written.events)
    distinct = len({envelope.id for envelope in written.events}) + len(
        {row for batch in written.batches for row in batch["event_id"].to_pylist()}
    )
    store = Store(store_url)
    account = ledger.account(store)
    assert account is not None
    store.close()
    assert account.accepted == accepted + sessions
    assert account.archived == account.accepted
    assert account.stored == distinct
    assert (account.dead_lettered, account.dead_letters_stored) == (refused, refused)
    assert (account.rejected, account.difference) == (0, 0)
    assert overlaps(client) == []
    client.close()


def _is_there(client: Client, accepted: int, refused: int) -> bool:
    row = client.query("SELECT archived, dead_letters_stored, difference FROM ledger").first_row
    return bool(row[0] >= accepted and row[1] >= refused and row[2] == 0)

"""A migrated database that the tests of a package share, and an empty story in it."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from streams.archive.target import Target
from streams.store import connect
from tests.schemas.clickhouse.story import Story


@pytest.fixture(scope="package")
def database(clickhouse_url: str) -> Iterator[tuple[Client, Target]]:
    """One migrated database for the package."""
    url = f"{clickhouse_url}/views_{uuid.uuid4().hex[:12]}"
    target = Target(url, threading.Event())
    client = connect(url)
    target.migrate()
    yield client, target
    client.command(f"DROP DATABASE {url.rpartition('/')[2]}")
    client.close()


@pytest.fixture
def story(database: tuple[Client, Target]) -> Story:
    """An empty story: the tables hold nothing."""
    client, target = database
    tables = client.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
    )
    for (table,) in tables.result_rows:
        if table != "migrations":
            client.command(f"TRUNCATE TABLE {table}")
    return Story(client, target)

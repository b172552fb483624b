"""A database of a test's own in the ClickHouse that all tests share."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from streams.store import connect


@pytest.fixture
def store_url(clickhouse_url: str) -> str:
    """The URL of a database that does not exist yet."""
    return f"{clickhouse_url}/test_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def store(store_url: str) -> Iterator[Client]:
    """A client of that database, which is dropped after the test."""
    client = connect(store_url)
    yield client
    client.command(f"DROP DATABASE {store_url.rpartition('/')[2]}")
    client.close()

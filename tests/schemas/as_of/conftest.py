"""A store for the past."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from streams.store import connect
from tests.schemas.as_of.store import Past


@pytest.fixture(scope="session")
def past(clickhouse_url: str) -> Iterator[Past]:
    """An empty migrated store in a database of its own, one for all tests: they tell histories of tenants of their own."""
    url = f"{clickhouse_url}/past_{uuid.uuid4().hex[:8]}"
    with connect(url) as client:
        yield Past(url, client)

"""Fixtures of the server's own tests: a client and a database of its own for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import clickhouse_connect
import httpx
import pytest


@pytest.fixture
def database(clickhouse_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database, dropped after the test."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    with httpx.Client(base_url=clickhouse_url) as http:
        http.post("/", content=f"CREATE DATABASE {name}").raise_for_status()
        yield name
        http.post("/", content=f"DROP DATABASE {name}").raise_for_status()


@pytest.fixture
def connect(clickhouse_url: str, database: str) -> Iterator[Callable[..., Any]]:
    """Makes unmodified clickhouse-connect clients on the test's database; closes them after the test."""
    port = int(clickhouse_url.rsplit(":", 1)[1])
    clients: list[Any] = []

    def make(**options: Any) -> Any:
        arguments = {"host": "127.0.0.1", "port": port, "database": database, **options}
        clients.append(clickhouse_connect.get_client(**arguments))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Callable[..., Any]) -> Any:
    """A clickhouse-connect client with its defaults (which includes a session)."""
    return connect()


@pytest.fixture
def http(clickhouse_url: str, database: str) -> Iterator[httpx.Client]:
    """A bare HTTP client on the test's database that asks for no compression."""
    headers = {"X-ClickHouse-Database": database, "Accept-Encoding": "identity"}
    with httpx.Client(base_url=clickhouse_url, headers=headers, timeout=30) as http:
        yield http

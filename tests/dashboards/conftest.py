"""A store with a known past, in a database of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

import clickhouse_connect
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import view
from dashboards.store import Store
from tests.dashboards import lost_site, seed

Open = Callable[..., AppTest]


def database(clickhouse_url: str) -> str:
    """The URL of a new database with Vedette's tables."""
    parts = urlsplit(clickhouse_url)
    name = f"dashboard_{uuid4().hex[:8]}"
    root = f"http://default:@{parts.hostname}:{parts.port}"
    with clickhouse_connect.get_client(dsn=f"{root}/default") as client:
        client.command(f"CREATE DATABASE {name}")
    with clickhouse_connect.get_client(dsn=f"{root}/{name}") as client:
        seed.migrate(client)
    return f"{root}/{name}"


@pytest.fixture(scope="session")
def now() -> datetime:
    """The moment the seeded past ends."""
    return datetime.now(UTC)


@pytest.fixture(scope="session")
def filled_url(clickhouse_url: str, now: datetime) -> str:
    """A database with the seeded past."""
    url = database(clickhouse_url)
    with clickhouse_connect.get_client(dsn=url) as client:
        seed.fill(client, now)
    return url


@pytest.fixture(scope="session")
def lost_url(clickhouse_url: str, now: datetime) -> str:
    """A database in which a site was lost a minute ago."""
    url, found = database(clickhouse_url), lost_site.findings()
    by = now - timedelta(minutes=1) - max(one.time for one in found)
    with clickhouse_connect.get_client(dsn=url) as client:
        seed.lose_a_site(client, now, lost_site.moved(found, by))
    return url


@pytest.fixture(scope="session")
def empty_url(clickhouse_url: str) -> str:
    """A database with the tables and nothing in them."""
    return database(clickhouse_url)


@pytest.fixture
def filled(filled_url: str) -> Iterator[Store]:
    """A store to read the seeded past from."""
    store = Store(filled_url)
    yield store
    store.close()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page over a store and returns it when it has run."""

    def opened(url: str, name: str, chosen: tuple[str, ...] = (), **parameters: str) -> AppTest:
        monkeypatch.setattr(view, "store", lambda: Store(url))
        test = AppTest.from_string(f"from dashboards.page import {name}\n{name}.draw()", default_timeout=60)
        test.session_state[view.TENANTS] = list(chosen)
        for parameter, value in parameters.items():
            test.query_params[parameter] = value
        test.run()
        assert not test.exception
        return test

    return opened

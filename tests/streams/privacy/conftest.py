"""A log, a store and a home of this package's own, because they are searched byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from streams.archive.target import Target
from streams.privacy.store import TEXTS
from streams.store import connect
from tests.broker import own_broker
from tests.infra.clickhouse.server import serving

__all__ = ["own_broker"]


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of keys and logs."""
    return tmp_path_factory.mktemp("privacy")


@pytest.fixture(scope="package")
def own_store(home: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a ClickHouse with its tables and the folder of its files."""
    with serving(home / "clickhouse") as process:
        url = f"http://default:@127.0.0.1:{process.port}/default"
        Target(url, Event()).migrate()
        client = connect(url)
        for table in TEXTS:
            # What cleans up behind a table sleeps for half a minute from when it was made; made again it goes by its settings at once.
            client.command(f"DETACH TABLE {table}")
            client.command(f"ATTACH TABLE {table}")
        yield url, home / "clickhouse"

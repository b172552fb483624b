"""A log, a store and a home of this package's own, because they are searched byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import own_broker
from tests.infra.clickhouse.server import serving

__all__ = ["own_broker"]


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of keys and logs."""
    return tmp_path_factory.mktemp("privacy")


@pytest.fixture(scope="package")
def own_store(home: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a ClickHouse and the folder of its files."""
    with serving(home / "clickhouse") as process:
        yield f"http://default:@127.0.0.1:{process.port}/default", home / "clickhouse"

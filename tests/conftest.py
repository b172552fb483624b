"""What tests share: one real broker and one real embedded ClickHouse a session, each started only when a test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import prepared
from tests.demo import Demo, told
from tests.infra.clickhouse.server import clickhouse_url

__all__ = ["clickhouse_url"]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded data; the test is skipped where it is not there."""
    default = Path(__file__).resolve().parents[1].parent / "shared" / "data"
    folder = Path(os.environ.get("VEDETTE_SHARED_DATA", default))
    if not folder.is_dir():
        pytest.skip("no recorded data: set VEDETTE_SHARED_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a real broker with every declared topic; shared by all tests, so use tenants and groups of your own."""
    with prepared(tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The whole stack after its story, shared by all tests that look at it; they must not change it."""
    with told(tmp_path_factory.mktemp("demo") / "home") as demo:
        yield demo


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A package's tests run in one process, because they share what they start.

    Those that look at the demo come last and together, so that its processes don't run beside all the others.
    """
    items.sort(key=_looks_at_demo)
    for item in items:
        group = "demo" if _looks_at_demo(item) else str(item.path.parent)
        item.add_marker(pytest.mark.xdist_group(group))


def _looks_at_demo(item: pytest.Item) -> bool:
    return "demo" in getattr(item, "fixturenames", ())

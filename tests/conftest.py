"""What tests share: one real broker and one real embedded ClickHouse a session, each started only when a test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.broker import prepared
from tests.demo import Demo, told
from tests.infra.clickhouse.server import clickhouse_url

__all__ = ["clickhouse_url"]
AT_THE_DEMO = {"tests/infra/test_demo.py", "tests/browser/test_dashboard.py", "tests/test_readme.py"}
# The same examples each time, however busy the machine is; `pytest --hypothesis-profile explore` looks for new ones.
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("explore"), derandomize=True, database=None)
settings.load_profile("same")


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that look at the demo come last, so that its processes don't run beside all the others."""
    items.sort(key=lambda item: item.nodeid.split("::")[0] in AT_THE_DEMO)


class _Packages(LoadScopeScheduling):  # type: ignore[misc]
    """A package's tests run in one process, because they share what they start; so do those that look at the demo."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        return "demo" if file in AT_THE_DEMO else file.rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Packages:
    """Which tests the processes of `-n 2` take."""
    return _Packages(config, log)

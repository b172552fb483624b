"""A real broker with every declared topic, for one scope of tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra import kafka
from streams.log import topics


@contextmanager
def prepared(folder: Path) -> Iterator[str]:
    """Run a broker in `folder` and yield its `host:port` once all topics are there."""
    with kafka.broker(folder) as bootstrap:
        topics.ensure(bootstrap)
        yield bootstrap


@pytest.fixture(scope="package")
def own_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker for one package of tests, whose workers read whole topics, where other tests write what they must not meet."""
    with prepared(tmp_path_factory.mktemp("kafka")) as bootstrap:
        yield bootstrap

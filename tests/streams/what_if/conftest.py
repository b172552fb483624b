"""These tests have a broker of their own: a what-if is about everything on the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.broker import own_broker as kafka_bootstrap
from tests.streams.what_if.past import live_past

__all__ = ["kafka_bootstrap"]


@pytest.fixture(scope="package")
def past(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker with a past that the live detection, triage and response made."""
    live_past(kafka_bootstrap, tmp_path_factory.mktemp("past"))
    yield kafka_bootstrap

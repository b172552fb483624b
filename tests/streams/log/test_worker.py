"""The shared worker: what happens to the process when a record can't be worked on at all."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog

from schemas.errors import Fatal
from schemas.settings import Settings
from streams.log.faust_app import make_app
from streams.log.handler import Ack
from streams.log.record import Record
from streams.log.worker import Worker
from streams.log.writer import LogWriter

TOPIC = "enforcement-receipts"


class Broken:
    """A handler that fails for good on its first record."""

    def __init__(self, error: Exception) -> None:
        self.records: list[Record] = []
        self._error = error

    async def handle(self, record: Record, ack: Ack) -> None:
        self.records.append(record)
        raise self._error

    async def assigned(self, partition: int) -> None:
        pass

    async def tick(self) -> None:
        pass

    async def revoked(self) -> None:
        pass

    async def leaving(self) -> None:
        raise AssertionError("what failed has nothing to leave")


@pytest.mark.kafka
def test_a_fatal_error_ends_the_process_without_acknowledging(kafka_bootstrap: str, tmp_path: Path) -> None:
    settings = Settings(kafka_bootstrap=kafka_bootstrap, home=tmp_path)
    LogWriter(kafka_bootstrap, "test").append_raw(TOPIC, b"poison", partition=0)
    for error in (Fatal("corrupt state"), ValueError("a bug")):
        handler = Broken(error)
        app = make_app(settings, "test-broken")
        assert Worker(app, (TOPIC,), handler, structlog.get_logger()).run() == 1
        # Not acknowledged the first time, so there again the second time.
        assert [record.value for record in handler.records] == [b"poison"]

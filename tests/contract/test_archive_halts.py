"""A running archive that can read nothing of a topic any more stops, rather than draining it into the dead letters."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from infra.stack.configuration import HALTED
from schemas.dead_letter import DeadLetter
from streams.dead_letters.letter import read
from streams.log.limit import CONSECUTIVE_LIMIT, EXIT_CODE
from streams.log.reader import end_offsets, records
from streams.log.record import Record
from streams.log.writer import LogWriter
from streams.store import connect
from tests.broker import prepared

pytestmark = [pytest.mark.kafka, pytest.mark.clickhouse]
TIMEOUT_S = 120
BROKEN = CONSECUTIVE_LIMIT + 200


def letters(bootstrap: str) -> list[DeadLetter]:
    return [read(Record.of_confluent(message)) for message in records(bootstrap, "dead-letters")]


def archived(bootstrap: str, url: str) -> subprocess.CompletedProcess[str]:
    """An archive that ran until it ended by itself."""
    return subprocess.run(
        [sys.executable, "-m", "streams.archive"],
        env={**os.environ, "VEDETTE_KAFKA_BOOTSTRAP": bootstrap, "VEDETTE_CLICKHOUSE_URL": url},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_it_halts_buries_no_more_and_says_what_to_do(tmp_path: Path, clickhouse_url: str) -> None:
    url = f"{clickhouse_url}/halts_{uuid.uuid4().hex[:12]}"
    with prepared(tmp_path / "kafka") as bootstrap:
        writer = LogWriter(bootstrap, "triage")
        for number in range(BROKEN):
            writer.append_raw("alerts", b"{%d" % number, key=b"acme/cam-1", partition=0)
        writer.flush()
        first = archived(bootstrap, url)
        buried = len(letters(bootstrap))
        again = archived(bootstrap, url)
        assert end_offsets(bootstrap, "alerts")[0] == BROKEN
        assert len(letters(bootstrap)) == buried
    for process in (first, again):
        assert process.returncode == EXIT_CODE == HALTED
        assert "records of alerts in a row" in process.stdout + process.stderr
        assert "list --process archive" in process.stdout + process.stderr
    assert buried <= CONSECUTIVE_LIMIT
    with connect(clickhouse_url) as client:
        client.command(f"DROP DATABASE {url.rpartition('/')[2]}")

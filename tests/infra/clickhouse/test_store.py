"""What the store survives, and who may have it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.infra.clickhouse.server import Process, serving

pytestmark = pytest.mark.clickhouse
TABLE = (
    "CREATE TABLE IF NOT EXISTS t (batch UInt32, row UInt32) ENGINE = MergeTree ORDER BY (batch, row) "
    "SETTINGS non_replicated_deduplication_window = 1000"
)
BATCHES, ROWS = 40, 500


def insert(http: httpx.Client, batch: int) -> None:
    rows = "".join(f"{batch},{row}\n" for row in range(ROWS))
    params = {"query": "INSERT INTO t FORMAT CSV", "insert_deduplication_token": f"batch-{batch}"}
    http.post("/", params=params, content=rows).raise_for_status()


def test_kill_9_loses_nothing_acknowledged_and_doubles_nothing_retried(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    enough = threading.Event()

    def write(url: str) -> None:
        with httpx.Client(base_url=url, timeout=30) as http:
            for batch in range(BATCHES):
                try:
                    insert(http, batch)
                except httpx.TransportError:
                    return
                acknowledged.add(batch)
                if len(acknowledged) >= BATCHES // 2:
                    enough.set()

    first = Process(tmp_path / "store")
    first.wait()
    httpx.post(first.url, content=TABLE).raise_for_status()
    writer = threading.Thread(target=write, args=(first.url,))
    writer.start()
    assert enough.wait(30)
    first.kill()
    writer.join()
    with serving(tmp_path / "store") as second, httpx.Client(base_url=second.url, timeout=30) as http:
        stored = {int(line) for line in http.post("/", content="SELECT DISTINCT batch FROM t").text.split()}
        assert acknowledged <= stored
        for batch in range(BATCHES):
            insert(http, batch)
        counts = http.post("/", content="SELECT count(), uniqExact(batch, row) FROM t").text
        assert counts == f"{BATCHES * ROWS}\t{BATCHES * ROWS}\n"


def test_one_server_per_store(tmp_path: Path) -> None:
    with serving(tmp_path / "store") as process:
        command = [sys.executable, "-m", "infra.clickhouse", "--port", "1", "--path", str(process.path)]
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert second.returncode == 3
        assert f"in use by process {process.popen.pid}" in second.stderr
        assert str(process.path) in second.stderr


def test_sigterm_ends_running_queries_and_closes_the_store(tmp_path: Path) -> None:
    with serving(tmp_path / "store") as process:
        caught: list[object] = []

        def ask() -> None:
            try:
                caught.append(
                    httpx.post(process.url, content="SELECT count() FROM numbers(1000000000000)", timeout=60)
                )
            except httpx.TransportError as error:
                caught.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        running = "SELECT count() > 1 FROM system.processes"
        for _ in range(200):
            if httpx.post(process.url, content=running).text == "1\n":
                break
            threading.Event().wait(0.05)  # the interval of polling
        assert process.end() == 0
        thread.join(timeout=30)
        assert len(caught) == 1
        assert "ClickHouse" in process.log.read_text()


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with serving(tmp_path / "store") as process:
        command = [
            sys.executable,
            "-m",
            "infra.clickhouse",
            "--port",
            str(process.port),
            "--path",
            str(tmp_path / "other"),
        ]
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert second.returncode == 3
        assert "address already in use" in second.stderr


def test_merges_give_way_to_inserts_and_queries(tmp_path: Path) -> None:
    with serving(tmp_path / "store") as process:
        sql = "SELECT value FROM system.server_settings WHERE name = 'os_threads_nice_value_merge_mutate'"
        assert httpx.post(process.url, content=sql).text == "10\n"

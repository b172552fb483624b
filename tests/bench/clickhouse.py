"""How fast rows get into the embedded ClickHouse server and out of it: `python -m tests.bench.clickhouse`, one JSON line."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import clickhouse_connect
import numpy as np
import psutil
import pyarrow as pa

from tests.bench.command import program
from tests.infra.clickhouse.server import serving

ROWS, BATCH = 2_000_000, 50_000


def measure() -> dict[str, float]:
    """Rows a second in and out over Arrow with one client, the time of a small query, and the server's memory in MB."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "store") as process:
        client = clickhouse_connect.get_client(
            host="127.0.0.1", port=process.port, autogenerate_session_id=False
        )
        client.command(
            "CREATE TABLE t (id UInt64, device LowCardinality(String), value Float64) ENGINE = MergeTree ORDER BY id "
            "SETTINGS non_replicated_deduplication_window = 1000"
        )
        figures = {
            "rows_in_per_s": _into(client),
            "rows_out_per_s": _out(client),
            "query_ms": _query_ms(client),
        }
        figures["memory_mb"] = round(psutil.Process(process.popen.pid).memory_info().rss / 1e6)
        client.close()
        return figures


def _into(client: clickhouse_connect.driver.Client) -> float:
    started = time.perf_counter()
    for start in range(0, ROWS, BATCH):
        ids = np.arange(start, start + BATCH, dtype=np.uint64)
        batch = pa.table(
            {"id": ids, "device": [f"cam-{number % 300:04}" for number in range(BATCH)], "value": ids * 0.5}
        )
        client.insert_arrow("t", batch, settings={"insert_deduplication_token": f"t-{start}"})
    return round(ROWS / (time.perf_counter() - started))


def _out(client: clickhouse_connect.driver.Client) -> float:
    started = time.perf_counter()
    assert client.query_arrow("SELECT * FROM t").num_rows == ROWS
    return round(ROWS / (time.perf_counter() - started))


def _query_ms(client: clickhouse_connect.driver.Client, times: int = 200) -> float:
    started = time.perf_counter()
    for _ in range(times):
        client.query("SELECT 1")
    return round((time.perf_counter() - started) / times * 1e3, 2)


if __name__ == "__main__":
    program(measure)

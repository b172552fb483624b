"""The dashboard as its own process over a seeded store."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from infra.kafka import free_port

DEADLINE_S = 60.0


@contextmanager
def serving(clickhouse_url: str, home: Path, **settings: str) -> Iterator[str]:
    """The address of a dashboard that answers; ended with SIGTERM."""
    port = free_port()
    environment = {
        **os.environ,
        "VEDETTE_HOME": str(home),
        "VEDETTE_CLICKHOUSE_URL": clickhouse_url,
        "VEDETTE_DASHBOARD_PORT": str(port),
        **settings,
    }
    log = home / "dashboard.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboards"], env=environment, stdout=sink, stderr=sink
        )
    try:
        _await(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/_stcore/health", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)  # the interval of polling
    raise AssertionError(f"the dashboard does not answer: {log.read_text()[-2000:]}")

"""The embedded ClickHouse server as a real process, for tests."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from infra.kafka import free_port

DEADLINE_S = 60.0


class Process:
    """A running server: its address, its store, its process."""

    def __init__(self, path: Path, port: int | None = None, *arguments: str) -> None:
        self.path = path
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "infra.clickhouse", "--port", str(self.port), "--path", str(path)]
        self.log = path.with_suffix(".log")
        with self.log.open("ab") as log:
            self.popen = subprocess.Popen([*command, *arguments], stdout=log, stderr=log)

    def wait(self) -> None:
        """Wait until it answers; fails with its log when it ends before."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            if self.popen.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/ping", timeout=5).text == "Ok.\n":
                    return
            except httpx.TransportError:
                time.sleep(0.05)  # the interval of polling, not a synchronisation
        raise AssertionError(f"the server does not answer: {self.log.read_text()[-2000:]}")

    def end(self) -> int:
        """SIGTERM it and return its exit code."""
        self.popen.terminate()
        return self.popen.wait(timeout=DEADLINE_S)

    def kill(self) -> None:
        """kill -9 it."""
        self.popen.kill()
        self.popen.wait(timeout=DEADLINE_S)


@contextmanager
def serving(path: Path, *arguments: str) -> Iterator[Process]:
    """A server on a free port that answers; ended with SIGTERM, which must be clean."""
    process = Process(path, None, *arguments)
    try:
        process.wait()
        yield process
    except BaseException:
        process.kill()
        raise
    if process.popen.poll() is None:
        assert process.end() == 0, process.log.read_text()[-2000:]


@pytest.fixture(scope="session")
def clickhouse_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an embedded ClickHouse server on an empty store, one for all tests of a run."""
    with serving(tmp_path_factory.mktemp("clickhouse") / "store") as process:
        yield process.url

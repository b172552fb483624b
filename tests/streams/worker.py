"""Starting, killing and waiting for real worker processes in tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Message

from schemas.event import Envelope
from schemas.registry import decode
from streams.log.reader import records

ROOT = Path(__file__).resolve().parents[2]


class WorkerProcess:
    """One `python -m streams.<name>` and what it logged."""

    def __init__(self, name: str, bootstrap: str, home: Path, **settings: str) -> None:
        self.name = name
        home.mkdir(parents=True, exist_ok=True)
        self._log = home / f"{name}-{time.monotonic_ns()}.log"
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("VEDETTE_")},
            "VEDETTE_KAFKA_BOOTSTRAP": bootstrap,
            "VEDETTE_HOME": str(home),
            "VEDETTE_CONFIG": os.devnull,
            **settings,
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"streams.{name}"], cwd=ROOT, env=environment, stderr=log, stdout=log
            )

    @property
    def log(self) -> str:
        """Everything logged so far."""
        return self._log.read_text()

    def wait_ready(self, timeout_s: float = 60) -> WorkerProcess:
        """Wait until it says that it has its partitions."""
        wait_for(
            lambda: "ready" in self.log or self._process.poll() is not None,
            f"{self.name} to be ready",
            timeout_s,
        )
        assert self._process.poll() is None, self.log
        return self

    def kill(self) -> None:
        """As a crash would: SIGKILL."""
        self._process.kill()
        self._process.wait(30)

    def ended(self, timeout_s: float = 60) -> int:
        """Wait for it to end by itself; returns the exit code."""
        return self._process.wait(timeout_s)

    def stop(self) -> int:
        """As a supervisor would: SIGTERM; returns the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)


@contextmanager
def workers(bootstrap: str, home: Path) -> Iterator[Callable[..., WorkerProcess]]:
    """A function that starts workers (`start(name, **settings)`), all of which are gone at the end."""
    started: list[WorkerProcess] = []

    def start(name: str, **settings: str) -> WorkerProcess:
        started.append(WorkerProcess(name, bootstrap, home, **settings))
        return started[-1]

    try:
        yield start
    finally:
        for one in started:
            one.kill()


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = 60) -> None:
    """Poll until the condition holds; fails with what was waited for."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {timeout_s:g} s for {what}"
        time.sleep(0.1)


def written(bootstrap: str, topic: str, tenant: str) -> list[tuple[Message, Envelope]]:
    """Everything of one tenant on a topic, repeats included, in order within each partition."""
    decoded = ((message, decode(message.headers(), message.value())) for message in records(bootstrap, topic))
    return [(message, envelope) for message, envelope in decoded if envelope.tenant == tenant]


def distinct(events: list[tuple[Message, Envelope]]) -> list[str]:
    """Ids in order of first appearance."""
    return list(dict.fromkeys(envelope.id for _, envelope in events))

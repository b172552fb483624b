"""A cluster whose two processes are children of the test."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from infra.flink.configuration import SLOTS, Ports, prepare
from infra.flink.process import Role, command, end_leftovers, environment

STOP_S = 20


@contextmanager
def cluster(home: Path, ports: Ports) -> Iterator[Cluster]:
    """Run both roles as child processes and wait until the slots are offered."""
    running = Cluster(home, ports)
    try:
        running.start("jobmanager")
        running.start("taskmanager")
        running.wait_for_slots()
        yield running
    finally:
        running.stop()


class Cluster:
    """The two processes of a cluster as children of this one; logs are in `<home>/logs/<role>.log`."""

    def __init__(self, home: Path, ports: Ports) -> None:
        self.home = home
        self.ports = ports
        self.url = ports.url
        self._conf = prepare(home, ports)
        self._running: dict[Role, subprocess.Popen[bytes]] = {}

    def start(self, role: Role) -> None:
        """Start a role that isn't running."""
        if role == "taskmanager":
            end_leftovers(self._conf)
        with (self.home / "logs" / f"{role}.log").open("ab") as log:
            process = subprocess.Popen(
                command(role),
                env=environment(self.home, self._conf),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running[role] = process

    def pid(self, role: Role) -> int:
        """The pid of a running role, which is also the id of its process group."""
        return self._running[role].pid

    def kill(self, role: Role) -> None:
        """kill -9 of the JVM alone, as a crash would."""
        process = self._running.pop(role)
        process.kill()
        process.wait(timeout=STOP_S)

    def stop(self) -> None:
        """SIGTERM to both groups, SIGKILL to what is left after a while."""
        for process in self._running.values():
            _signal_group(process.pid, signal.SIGTERM)
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=STOP_S)
            _signal_group(process.pid, signal.SIGKILL)
            process.wait(timeout=STOP_S)
        self._running.clear()
        end_leftovers(self._conf)
        shutil.rmtree(self.home / "flink" / "tmp", ignore_errors=True)

    def wait_for_slots(self, slots: int = SLOTS, timeout_s: float = 60.0) -> None:
        """Wait until this many slots are free; TimeoutError names the logs where they aren't."""
        deadline = time.monotonic() + timeout_s
        while self._free_slots() < slots:
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"no {slots} free Flink slots within {timeout_s:g} s, see {self.home / 'logs'}"
                )
            time.sleep(0.2)

    def _free_slots(self) -> int:
        try:
            with urllib.request.urlopen(f"{self.url}/overview", timeout=2) as answer:
                return int(yaml.safe_load(answer.read())["slots-available"])
        except (OSError, urllib.error.URLError, KeyError):
            return 0


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)

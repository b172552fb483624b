"""supervisord as the keeper of the stack."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from infra.stack.configuration import HALTED, configuration
from infra.stack.leftovers import MARK, leftovers, reap
from infra.stack.parts import ROOT, Part
from infra.stack.rpc import NO_ANSWER, Fault, call
from schemas.settings import Settings

# Longer than any part may take.
STOPPED_WITHIN_S = 60
ENDED_WITHIN_S = 15


@dataclass(frozen=True, slots=True)
class State:
    """How one part stands: supervisord's word for it, its pid (0 where it doesn't run), since when it runs, its last exit code."""

    name: str
    word: str
    pid: int
    started: int
    exit_code: int
    description: str

    @property
    def runs(self) -> bool:
        """Whether the process is alive (which doesn't say that it works)."""
        return self.word in ("RUNNING", "STARTING")

    @property
    def halted(self) -> bool:
        """Whether it stopped because too much was refused in a row; it is not started again by itself."""
        return self.word == "EXITED" and self.exit_code == HALTED


class Supervisor:
    """The supervisord of one home folder. Two homes have nothing in common."""

    def __init__(self, settings: Settings) -> None:
        self.home = settings.home.resolve()
        self.logs = settings.logs.resolve()
        self.run = self.home / "run"
        # A socket's path is limited to about 100 bytes, a clone's is not: hence the temporary folder.
        name = hashlib.sha256(str(self.home).encode()).hexdigest()[:16]
        self.socket = Path(tempfile.gettempdir()) / f"vedette-{os.getuid()}-{name}.sock"

    def launch(self, parts: Iterable[Part]) -> None:
        """Start supervisord with these parts, none of them running yet; the logs of the run before are dropped."""
        parts = list(parts)
        self.run.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        for part in parts:
            for log in self.logs.glob(f"{part.name}.log*"):
                log.unlink()
        file = self.run / "supervisord.conf"
        file.write_text(configuration(parts, logs=self.logs, run=self.run, socket=self.socket))
        home = str(self.home)
        environment = {**os.environ, MARK: home, "PYTHONUNBUFFERED": "1", "VEDETTE_HOME": home}
        launcher = [sys.executable, "-m", "supervisor.supervisord", "-c", str(file)]
        subprocess.run(launcher, cwd=ROOT, env=environment, check=True, stdin=subprocess.DEVNULL)
        self._await_answer()

    def start(self, names: Iterable[str]) -> None:
        """Start parts without waiting for them."""
        for name in names:
            self._call("startProcess", name, False)

    def stop(self, name: str) -> None:
        """Stop one part, politely, and wait until it has ended; the others go on, and one that doesn't run stays as it is."""
        if any(state.name == name and state.runs for state in self.states()):
            self._call("stopProcess", name, True)

    def states(self) -> list[State]:
        """How every part stands, in the configuration's order; empty where no supervisord answers."""
        try:
            found: Any = self._call("getAllProcessInfo")
        except NO_ANSWER:
            return []
        return [
            State(f["name"], f["statename"], f["pid"], f["start"], f["exitstatus"], f["description"])
            for f in found
        ]

    def shutdown(self) -> None:
        """Stop every part and supervisord, politely first; then whatever of this home is still there, however it came to be.

        What started last ends first, and each part in its own time: ingest tells Kafka what it counted before Kafka ends.
        """
        with contextlib.suppress(*NO_ANSWER):
            for names in self._stages():
                self._stop_together(names)
            self._call("shutdown")
            self._await_end()
        reap(self.home)
        self.socket.unlink(missing_ok=True)

    def leftovers(self) -> list[psutil.Process]:
        """Processes of this home's stack, found by the mark they inherited, whoever their parent is now."""
        return leftovers(self.home)

    def _stages(self) -> list[list[str]]:
        """The names of the parts, a list a stage, the last stage first."""
        stages: dict[int, list[str]] = {}
        for one in self._call("getAllConfigInfo"):
            stages.setdefault(int(one["process_prio"]), []).append(one["name"])
        return [names for _, names in sorted(stages.items(), reverse=True)]

    def _stop_together(self, names: list[str]) -> None:
        """Ask parts to end and wait until they have; supervisord kills those that take longer than they may."""
        for name in names:
            with contextlib.suppress(Fault):  # it doesn't run
                self._call("stopProcess", name, False)
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while any(state.name in names and state.pid for state in self.states()):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)

    def _call(self, method: str, *arguments: object) -> Any:
        return call(self.socket, method, *arguments)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self._call("getState")
            except NO_ANSWER:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"supervisord does not answer; see {self.logs / 'supervisord.log'}")

    def _await_end(self) -> None:
        """Until supervisord has gone: it answers with faults while it ends."""
        deadline = time.monotonic() + ENDED_WITHIN_S
        while time.monotonic() < deadline:
            try:
                self._call("getState")
            except OSError:
                return
            except NO_ANSWER:
                pass
            time.sleep(0.05)

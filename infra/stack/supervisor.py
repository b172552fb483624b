"""supervisord as the keeper of the stack: its configuration, its RPC, and what is left when it was killed."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from infra.stack.parts import ROOT, Part
from schemas.settings import Settings

MARK = "VEDETTE_STACK"
KILL_AFTER_S = 5
# Longer than any part may take.
STOPPED_WITHIN_S = 60
ENDED_WITHIN_S = 15

HEADER = """\
[supervisord]
logfile={logs}/supervisord.log
pidfile={run}/supervisord.pid
directory={root}
nodaemon=false
minfds=1024

[unix_http_server]
file={socket}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

# The exit code of a part that stopped rather than draining a topic into the dead letters: a person must look before it starts again.
HALTED = 4
PROGRAM = """
[program:{name}]
command={command}
priority={stage}
autostart=false
autorestart=unexpected
exitcodes={halted}
startsecs=1
startretries=5
stopwaitsecs={stop_s}
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=50MB
stdout_logfile_backups=1
"""


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


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        self._connection: Any = (host, connection)  # what close() closes
        return connection


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
        self.run.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        config = HEADER.format(logs=self.logs, run=self.run, root=ROOT, socket=self.socket)
        for part in parts:
            for log in self.logs.glob(f"{part.name}.log*"):
                log.unlink()
            command = " ".join(_quote(word) for word in part.command)
            config += PROGRAM.format(
                name=part.name,
                command=command,
                stage=part.stage,
                stop_s=part.stop_s,
                logs=self.logs,
                halted=HALTED,
            )
        (self.run / "supervisord.conf").write_text(config)
        launcher = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.run / "supervisord.conf")]
        environment = {
            **os.environ,
            MARK: str(self.home),
            "PYTHONUNBUFFERED": "1",
            "VEDETTE_HOME": str(self.home),
        }
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
        except (OSError, xmlrpc.client.Error):
            return []
        return [
            State(f["name"], f["statename"], f["pid"], f["start"], f["exitstatus"], f["description"])
            for f in found
        ]

    def shutdown(self) -> None:
        """Stop every part and supervisord, politely first; then whatever of this home is still there, however it came to be.

        What started last ends first, and each part in its own time: ingest tells Kafka what it counted before Kafka ends.
        """
        with contextlib.suppress(OSError, xmlrpc.client.Error):
            for names in self._stages():
                self._stop_together(names)
            self._call("shutdown")
            self._await_end()
        self._reap()
        self.socket.unlink(missing_ok=True)

    def leftovers(self) -> list[psutil.Process]:
        """Processes of this home's stack, found by the mark they inherited, whoever their parent is now."""
        return [process for process in psutil.process_iter() if self._is_ours(process)]

    def _stages(self) -> list[list[str]]:
        """The names of the parts, a list a stage, the last stage first."""
        stages: dict[int, list[str]] = {}
        for one in self._call("getAllConfigInfo"):
            stages.setdefault(int(one["process_prio"]), []).append(one["name"])
        return [names for _, names in sorted(stages.items(), reverse=True)]

    def _stop_together(self, names: list[str]) -> None:
        """Ask parts to end and wait until they have; supervisord kills those that take longer than they may."""
        for name in names:
            with contextlib.suppress(xmlrpc.client.Fault):  # it doesn't run
                self._call("stopProcess", name, False)
        deadline = time.monotonic() + STOPPED_WITHIN_S
        while any(state.name in names and state.pid for state in self.states()):
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)

    def _call(self, method: str, *arguments: object) -> Any:
        transport = _UnixTransport(str(self.socket))
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)

    def _await_answer(self) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                self._call("getState")
            except (OSError, xmlrpc.client.Error):
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
            except xmlrpc.client.Error:
                pass
            time.sleep(0.05)

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.pid != os.getpid() and process.environ().get(MARK) == str(self.home)
        except (psutil.Error, OSError):
            return False

    def _reap(self) -> None:
        left = self.leftovers()
        for process in left:
            _signal(process.terminate)
        _, alive = psutil.wait_procs(left, timeout=KILL_AFTER_S)
        for process in alive:
            _signal(process.kill)
        psutil.wait_procs(alive, timeout=KILL_AFTER_S)


def _signal(send: Any) -> None:
    with contextlib.suppress(psutil.NoSuchProcess):
        send()


def _quote(word: str) -> str:
    # supervisord splits like a shell and expands %(...)s.
    return '"' + word.replace("%", "%%") + '"' if " " in word else word.replace("%", "%%")

"""Bringing the stack up: checks first, then stage by stage, saying what it waits for and, where a part dies, why."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from infra import pki
from infra.stack.parts import ROOT, Part, parts, setting_of
from infra.stack.supervisor import State, Supervisor
from schemas.settings import Settings

Say = Callable[[str], None]
# Flink needs 25 s to run the gate job on two idle cores and was seen to need 80 s on busy ones; detection, which compiles its models where
# setup has not, 168 s.
READY_WITHIN_S = 600.0
# A person who sees nothing for longer thinks that it hangs.
NEWS_S = 15.0


class StackError(Exception):
    """The stack can't come up or lost a part; the message says which, why, and where to look."""


def up(settings: Settings, say: Say) -> Supervisor:
    """Start everything and return once every part does its work; StackError, with everything stopped again, where one doesn't."""
    supervisor = Supervisor(settings)
    if supervisor.states():
        raise StackError("the stack is already up; `make status` shows it, `make down` stops it")
    supervisor.shutdown()  # what a crash left behind
    wanted = parts(settings)
    check_ports(wanted, settings)
    prepare(settings)
    supervisor.launch(wanted)
    try:
        for stage in sorted({part.stage for part in wanted}):
            start_stage(supervisor, settings, [part for part in wanted if part.stage == stage], say)
    except BaseException:
        supervisor.shutdown()
        raise
    return supervisor


def prepare(settings: Settings) -> None:
    """Write what the parts need before they start: folders, the certificate authority, the control API's token."""
    settings.home.mkdir(parents=True, exist_ok=True)
    pki.init(settings.pki)
    token = settings.home / "control.token"
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_urlsafe(32))


def check_ports(wanted: list[Part], settings: Settings) -> None:
    """StackError naming every port that somebody else listens on, who, where the system tells, and the setting that moves the part."""
    open_ports = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    listeners = {c.laddr.port: c.pid for c in open_ports if c.laddr}
    problems = [
        f"port {port} for {part.name} is taken by {_name_of(listeners[port])}: stop that, or set {setting_of(settings, port)} to another"
        for part in wanted
        for port in part.ports
        if port in listeners
    ]
    if problems:
        raise StackError("\n".join(problems))


def _name_of(pid: int | None) -> str:
    try:
        return f"process {pid} ({psutil.Process(pid).name()})" if pid else "another user's process"
    except psutil.Error:
        return f"process {pid}"


def start_stage(supervisor: Supervisor, settings: Settings, wanted: list[Part], say: Say) -> None:
    """Start these parts and return once all do their work, saying what is waited for; StackError where one dies or is late."""
    if any(part.stage == 1 for part in wanted):
        _create_topics(settings, say)
    supervisor.start(part.name for part in wanted)
    waiting = {part.name: part for part in wanted}
    started = said = time.monotonic()
    deadline = started + READY_WITHIN_S
    while waiting:
        for name, part in list(waiting.items()):
            if not part.ready():
                del waiting[name]
                say(f"{name} ready after {time.monotonic() - started:.1f} s")
                said = time.monotonic()
        check_alive(supervisor)
        if time.monotonic() > deadline:
            raise StackError(_late(supervisor, waiting))
        if time.monotonic() - said >= NEWS_S:
            say("; ".join(f"{name} not yet: waiting for {part.ready()}" for name, part in waiting.items()))
            said = time.monotonic()
        time.sleep(0.1)


def _create_topics(settings: Settings, say: Say) -> None:
    command = [sys.executable, "-m", "streams.log.topics"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"topics could not be created: {(done.stderr or done.stdout).strip()[-500:]}")
    say(done.stdout.strip())


def _late(supervisor: Supervisor, waiting: dict[str, Part]) -> str:
    lines = [
        f"{name} is not ready after {READY_WITHIN_S:.0f} s: still waiting for {part.ready()}; "
        f"look into {supervisor.logs / name}.log"
        for name, part in waiting.items()
    ]
    return "\n".join(lines)


def check_alive(supervisor: Supervisor) -> None:
    """StackError with name, exit code and the end of the log of a part that died (FATAL, or between two tries)."""
    dead = [state for state in supervisor.states() if state.word in ("FATAL", "BACKOFF", "EXITED", "UNKNOWN")]
    if dead:
        raise StackError("\n".join(epitaph(supervisor, state) for state in dead))


def epitaph(supervisor: Supervisor, state: State) -> str:
    """Which part died, why as far as supervisord and its log tell, and where to read on."""
    log = supervisor.logs / f"{state.name}.log"
    lines = log.read_text(errors="replace").rstrip().splitlines()[-6:] if log.exists() else []
    said = "\n".join(f"    {line}" for line in lines)
    return f"{state.name} died ({_cause(supervisor, state)}); the end of {log}:\n{said}"


def _cause(supervisor: Supervisor, state: State) -> str:
    """How the part ended last: supervisord forgets it once it starts the part again, its log doesn't."""
    told = re.findall(
        rf"exited: {re.escape(state.name)} \((.*?); ", (supervisor.logs / "supervisord.log").read_text()
    )
    return str(told[-1]) if told else f"exit code {state.exit_code}"


def _was_asked(supervisor: Supervisor, state: State) -> bool:
    """Whether somebody stopped the part, as `make rebuild` does, when it ended last."""
    ends = re.findall(
        rf"(exited|stopped): {re.escape(state.name)} \(", (supervisor.logs / "supervisord.log").read_text()
    )
    return bool(ends) and ends[-1] == "stopped"


class Vigil:
    """Notices parts that died between two looks, also those supervisord has started again already."""

    def __init__(self, supervisor: Supervisor, say: Say) -> None:
        self._supervisor, self._say = supervisor, say
        self._pids = {state.name: state.pid for state in supervisor.states()}

    def look(self) -> None:
        """Say who died since the last look; StackError where one is not started again any more, or the whole stack was stopped."""
        states = self._supervisor.states()
        if not states:
            raise StackError("the stack was stopped, as `make down` does")
        for state in states:
            if state.word == "FATAL" or state.halted:
                raise StackError(epitaph(self._supervisor, state))
            if state.pid and state.pid != self._pids[state.name]:
                again = f"started again as process {state.pid}"
                asked = _was_asked(self._supervisor, state)
                self._say(
                    f"{state.name} was stopped and {again}"
                    if asked
                    else f"{epitaph(self._supervisor, state)}\n  it was {again}"
                )
                self._pids[state.name] = state.pid


def memory_mb(pid: int) -> float:
    """Resident memory of a process and its children, in MB; 0 where it is gone."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family) / 1e6
    except psutil.Error:
        return 0.0


def described(supervisor: Supervisor) -> list[dict[str, object]]:
    """Every part as a row for people and machines: name, state, pid, seconds up, memory."""
    now = time.time()
    return [
        {
            "part": state.name,
            "state": "halted" if state.halted else state.word.lower(),
            "pid": state.pid,
            "up_s": round(now - state.started) if state.runs else 0,
            "memory_mb": round(memory_mb(state.pid), 1) if state.pid else 0.0,
        }
        for state in supervisor.states()
    ]


def as_json(rows: object) -> str:
    """One JSON document for machines."""
    return json.dumps(rows, default=str)


def follow(logs: Path, name: str) -> None:
    """Replace this process by one that shows the end of one part's log, or of all of them, and what is added."""
    files = [logs / f"{name}.log"] if name else sorted(logs.glob("*.log"))
    os.execvp("tail", ["tail", "-n", "20", "-F", *map(str, files)])  # noqa: S606

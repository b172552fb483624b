"""A small standalone Flink cluster (one JobManager, one TaskManager) from the PyFlink wheel's own scripts, in the foreground.

Meant for a laptop, a demo and tests: loopback only, no high availability. Production points `VEDETTE_FLINK_URL` at any Flink 2.3 session
cluster. The two processes share `<home>/flink/conf`; checkpoints live in `<home>/flink/checkpoints`.
"""

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
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import psutil
import typer
import yaml

from schemas.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv-flink"
HOST = "127.0.0.1"
SLOTS = 2
STOP_S = 20
WORKER = ("pyflink.fn_execution", "pyflink-udf-runner")

Role = Literal["jobmanager", "taskmanager"]

LOG4J = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
logger.kafka.name = org.apache.kafka
logger.kafka.level = WARN
logger.checkpoint.name = org.apache.flink.runtime.checkpoint
logger.checkpoint.level = WARN
logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS} %-5p %c{1} - %m%n
"""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the cluster listens, all on loopback. `rest` is the one clients use."""

    rest: int
    rpc: int
    data: int

    @property
    def url(self) -> str:
        """The REST address."""
        return f"http://{HOST}:{self.rest}"

    @classmethod
    def of(cls, settings: Settings) -> Ports:
        """The ports the settings name."""
        return cls(
            urlsplit(settings.flink_url).port or 8081, settings.flink_rpc_port, settings.flink_data_port
        )


def distribution() -> Path:
    """Flink's home inside the PyFlink wheel; FileNotFoundError says what to do where it isn't installed."""
    found = sorted(ENVIRONMENT.glob("lib/python3*/site-packages/pyflink/bin"))
    if not found:
        raise FileNotFoundError(f"PyFlink is not in {ENVIRONMENT}: run `make setup`")
    return found[0].parent


def configuration(home: Path, ports: Ports) -> dict[str, Any]:
    """The cluster's configuration as flat keys; `env.java.opts.all` stays as the wheel has it, Java 17 does not start without it."""
    wheel = yaml.safe_load((distribution() / "conf" / "config.yaml").read_text())
    python = str(ENVIRONMENT / "bin" / "python")
    return {
        "env.java.opts.all": wheel["env"]["java"]["opts"]["all"],
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": ports.rpc,
        "jobmanager.bind-host": HOST,
        "jobmanager.memory.process.size": "640m",
        "jobmanager.memory.jvm-metaspace.size": "160m",
        "jobmanager.memory.jvm-overhead.min": "96m",
        "jobmanager.memory.off-heap.size": "64m",
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": ports.rest,
        "rest.bind-port": str(ports.rest),
        "web.tmpdir": str(home / "flink" / "tmp"),
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        "taskmanager.rpc.port": str(ports.data + 1),
        "taskmanager.data.port": ports.data,
        "taskmanager.data.bind-port": str(ports.data),
        "taskmanager.numberOfTaskSlots": SLOTS,
        "taskmanager.memory.process.size": "1200m",
        "taskmanager.memory.jvm-metaspace.size": "192m",
        "taskmanager.memory.network.min": "32m",
        "taskmanager.memory.network.max": "32m",
        "taskmanager.memory.managed.size": "256m",
        "blob.server.port": str(ports.rpc + 1),
        "jobmanager.execution.failover-strategy": "region",
        "heartbeat.interval": 2000,
        "heartbeat.timeout": 10000,
        "io.tmp.dirs": str(home / "flink" / "tmp"),
        "python.executable": python,
        "python.client.executable": python,
        "execution.checkpointing.dir": (home / "flink" / "checkpoints").as_uri(),
    }


def prepare(home: Path, ports: Ports) -> Path:
    """Write the configuration folder below `home` and return it. Both roles may do it at once: files are replaced whole."""
    home = home.resolve()
    conf = home / "flink" / "conf"
    for folder in (conf, home / "flink" / "tmp", home / "flink" / "checkpoints", home / "logs"):
        folder.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, and its strings need no care about colons; Flink's script reads one flat key a line.
    lines = [f"{key}: {_scalar(value)}\n" for key, value in configuration(home, ports).items()]
    _replace(conf / "config.yaml", "".join(lines))
    _replace(conf / "log4j-console.properties", LOG4J)
    _replace(conf / "logback-console.xml", "<configuration/>\n")
    return conf


def _scalar(value: object) -> str:
    return str(
        yaml.safe_dump(value, default_style="'" if isinstance(value, str) else None, width=10**6)
    ).split("\n")[0]


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)


def command(role: Role) -> list[str]:
    """The wheel's own script for a role in the foreground; it ends in an exec, so its pid becomes the JVM's."""
    return [str(distribution() / "bin" / f"{role}.sh"), "start-foreground"]


def environment(home: Path, conf: Path) -> dict[str, str]:
    """The environment of a role: which folders are its own, and how the Python workers it starts find their packages."""
    flink = home.resolve() / "flink"
    return {
        **os.environ,
        "FLINK_CONF_DIR": str(conf),
        "FLINK_LOG_DIR": str(home.resolve() / "logs"),
        "FLINK_PID_DIR": str(flink / "tmp"),
        "PATH": f"{ENVIRONMENT / 'bin'}:{os.environ['PATH']}",
        "JVM_ARGS": "-XX:+UseSerialGC",
        "MALLOC_ARENA_MAX": "2",
    }


def end_leftovers(conf: Path) -> int:
    """Kill the Python workers a crashed TaskManager with this configuration left behind; returns how many processes.

    A worker doesn't always notice that its JVM is gone. Call it only while no TaskManager of this configuration runs.
    """
    ended = 0
    for process in psutil.process_iter(["cmdline"]):
        if not any(mark in word for word in process.info["cmdline"] or () for mark in WORKER):
            continue
        with contextlib.suppress(psutil.Error):
            if process.environ().get("FLINK_CONF_DIR") == str(conf):
                process.kill()
                ended += 1
    return ended


@contextmanager
def cluster(home: Path, ports: Ports) -> Iterator[Cluster]:
    """Run both roles as child processes and wait until the slots are offered; for tests."""
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
            with urllib.request.urlopen(f"{self.url}/overview", timeout=2) as answer:  # noqa: S310  loopback
                return int(yaml.safe_load(answer.read())["slots-available"])
        except (OSError, urllib.error.URLError, KeyError):
            return 0


def _signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def main(
    role: str = typer.Argument(help="jobmanager or taskmanager"),
    home: Path = typer.Option(Path("build"), help="folder for everything written at run time"),
) -> None:
    """Run one process of a local Flink cluster in the foreground; its ports come from the settings."""
    if role not in ("jobmanager", "taskmanager"):
        raise typer.BadParameter("must be jobmanager or taskmanager", param_hint="role")
    conf = prepare(home, Ports.of(Settings.load()))
    if role == "taskmanager":
        end_leftovers(conf)
    arguments = command("jobmanager" if role == "jobmanager" else "taskmanager")
    os.execvpe(arguments[0], arguments, environment(home, conf))  # noqa: S606  the supervisor must see the JVM itself


if __name__ == "__main__":
    typer.run(main)

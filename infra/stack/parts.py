"""The parts of the local stack as data: what runs, in which order, how one sees that it is ready."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from infra.stack import ready
from schemas.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
FLINK_PYTHON = str(ROOT / ".venv-flink/bin/python")


@dataclass(frozen=True, slots=True)
class Part:
    """One process. `ready` returns "" once the part does its work, else what it still waits for; it never blocks for long.

    `stage` orders the start: all parts of a stage start together, the next stage starts when they are ready. `ports` are
    what it listens on.
    """

    name: str
    command: tuple[str, ...]
    stage: int
    ready: Callable[[], str]
    ports: tuple[int, ...] = ()
    stop_s: int = 15


def port_of(url: str) -> int:
    """The port of a URL or of the first `host:port` in a list."""
    parts = _split(url)
    return parts.port or {"http": 8123, "https": 8443, "mqtts": 8883, "mqtt": 1883}.get(parts.scheme, 0)


def host_of(url: str) -> str:
    """The host of a URL or of the first `host:port` in a list."""
    return _split(url).hostname or ""


def _split(url: str) -> SplitResult:
    return urlsplit(url if "://" in url else "//" + url.partition(",")[0])


def setting_of(settings: Settings, port: int) -> str:
    """The variable that sets a port of the local stack; Kafka and Flink's JobManager use the port after theirs as well."""
    addresses = ("kafka_bootstrap", "clickhouse_url", "mqtt_url", "flink_url")
    ports = {name: port_of(getattr(settings, name)) for name in addresses}
    names = ("ingest_port", "control_port", "dashboard_port", "flink_data_port", "flink_rpc_port")
    ports |= {name: getattr(settings, name) for name in names}
    told = [name for back in (0, 1) for name, own in ports.items() if own == port - back]
    return f"{PREFIX}{told[0].upper()}" if told else "its port"


def is_local(url: str) -> bool:
    """Whether an address is on this machine, so that the stack starts the part itself; anything else is used as it is."""
    return host_of(url) in ("127.0.0.1", "localhost", "::1")


def parts(settings: Settings) -> list[Part]:
    """Every part to start for these settings; a Kafka, ClickHouse, MQTT broker or Flink elsewhere is not ours to start."""
    local = [
        *([_kafka(settings)] if is_local(settings.kafka_bootstrap) else []),
        *([_clickhouse(settings)] if is_local(settings.clickhouse_url) else []),
        *([_mosquitto(settings)] if is_local(settings.mqtt_url) else []),
        *(_flink(settings) if is_local(settings.flink_url) else []),
    ]
    return [*local, *_processes(settings)]


def _kafka(settings: Settings) -> Part:
    port = port_of(settings.kafka_bootstrap)
    command = (PYTHON, "-m", "infra.kafka", "--port", str(port), "--data", str(settings.home / "kafka"))
    return Part("kafka", command, 0, ready.tcp("127.0.0.1", port), (port, port + 1), stop_s=30)


def _clickhouse(settings: Settings) -> Part:
    port = port_of(settings.clickhouse_url)
    command = (
        PYTHON,
        "-m",
        "infra.clickhouse",
        "--port",
        str(port),
        "--path",
        str(settings.home / "clickhouse"),
    )
    return Part("clickhouse", command, 0, ready.http(f"http://127.0.0.1:{port}/ping"), (port,), stop_s=30)


def _mosquitto(settings: Settings) -> Part:
    port = port_of(settings.mqtt_url)
    command = (PYTHON, "-m", "infra.mosquitto", "--home", str(settings.home), "--port", str(port))
    return Part("mosquitto", command, 0, ready.tcp("127.0.0.1", port), (port,))


def _flink(settings: Settings) -> list[Part]:
    home = ("--home", str(settings.home))
    rest = port_of(settings.flink_url)
    manager = (PYTHON, "-m", "infra.flink", "jobmanager", *home)
    worker = (PYTHON, "-m", "infra.flink", "taskmanager", *home)
    return [
        Part(
            "flink-jobmanager",
            manager,
            0,
            ready.http(f"{settings.flink_url}/overview"),
            (rest, settings.flink_rpc_port, settings.flink_rpc_port + 1),
        ),
        Part(
            "flink-taskmanager",
            worker,
            0,
            ready.task_slots(settings.flink_url),
            (settings.flink_data_port,),
        ),
    ]


def _processes(settings: Settings) -> list[Part]:
    control = f"http://127.0.0.1:{settings.control_port}/health"
    dashboard = f"http://127.0.0.1:{settings.dashboard_port}/_stcore/health"
    logged = {
        name: ready.logged(settings.logs / f"{name}.log")
        for name in ("triage", "response", "proof", "privacy")
    }
    compiled = ready.logged(
        settings.logs / "detection.log",
        "it to say that it is ready; where setup has not compiled its models it does so first, which takes two to three minutes",
    )
    return [
        Part("archive", _module("archive"), 1, ready.logged(settings.logs / "archive.log")),
        Part("detection", _module("detection"), 1, compiled),
        *(Part(name, _module(name), 1, check) for name, check in logged.items()),
        Part(
            "auditor",
            (*_module("replay"), "audit"),
            1,
            ready.logged(settings.logs / "auditor.log"),
        ),
        Part("enforcement", _module("enforcement"), 1, ready.logged(settings.logs / "enforcement.log")),
        Part("control", _module("control"), 1, ready.http(control), (settings.control_port,)),
        Part(
            "rollout",
            (FLINK_PYTHON, "-m", "streams.rollout"),
            1,
            ready.flink_job(settings.flink_url),
            stop_s=30,
        ),
        Part("dashboard", (PYTHON, "-m", "dashboards"), 1, ready.http(dashboard), (settings.dashboard_port,)),
        Part(
            "ingest",
            _module("ingest"),
            2,
            ready.tcp("127.0.0.1", settings.ingest_port),
            (settings.ingest_port,),
        ),
    ]


def _module(name: str) -> tuple[str, ...]:
    return (PYTHON, "-m", f"streams.{name}")

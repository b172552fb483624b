"""The demo as a fixture: the whole stack with its story, on free ports and in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.kafka import free_port
from schemas.settings import Settings

READY_WITHIN_S = 600


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo whose story has been told and whose stack still runs."""

    settings: Settings
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    output: Path
    summary: dict[str, Any]

    @property
    def dashboard(self) -> str:
        """Address of the dashboard."""
        return f"http://127.0.0.1:{self.settings.dashboard_port}"


def free_ports(home: Path) -> dict[str, str]:
    """Settings for a stack that meets no other one."""
    return {
        "VEDETTE_HOME": str(home),
        "VEDETTE_KAFKA_BOOTSTRAP": f"127.0.0.1:{free_port()}",
        "VEDETTE_CLICKHOUSE_URL": f"http://default:@127.0.0.1:{free_port()}/default",
        "VEDETTE_MQTT_URL": f"mqtts://127.0.0.1:{free_port()}",
        "VEDETTE_FLINK_URL": f"http://127.0.0.1:{free_port()}",
        "VEDETTE_FLINK_RPC_PORT": str(free_port()),
        "VEDETTE_FLINK_DATA_PORT": str(free_port()),
        "VEDETTE_INGEST_PORT": str(free_port()),
        "VEDETTE_CONTROL_PORT": str(free_port()),
        "VEDETTE_DASHBOARD_PORT": str(free_port()),
    }


@contextmanager
def told(home: Path, *arguments: str) -> Iterator[Demo]:
    """Run the demo until its summary is there; on leaving, end it as Ctrl-C does and check that it ends well."""
    environment = free_ports(home)
    output = home.parent / "demo.out"
    with output.open("wb") as sink:
        command = [sys.executable, "-m", "infra.demo", *arguments]
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        summary = _await_summary(home / "demo" / "summary.json", process, output)
        fields: Any = {name.removeprefix("VEDETTE_").lower(): value for name, value in environment.items()}
        settings = Settings(**fields)
        yield Demo(settings, environment, process, output, summary)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=120)


def _await_summary(path: Path, process: subprocess.Popen[bytes], output: Path) -> dict[str, Any]:
    deadline = time.monotonic() + READY_WITHIN_S
    while not path.exists():
        said = output.read_text(errors="replace")
        assert process.poll() is None, f"the demo ended early:\n{said}"
        assert time.monotonic() < deadline, f"no summary after {READY_WITHIN_S} s:\n{said}"
        time.sleep(0.2)
    summary: dict[str, Any] = json.loads(path.read_text())
    return summary

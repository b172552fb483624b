"""Whether this machine can carry the local stack: memory, disk and ports."""

from __future__ import annotations

import os
import shutil
import socket

from infra.setup.step import ROOT, SetupError, say

MEMORY_GB = 6
DISK_GB = 6

PORTS = {
    9092: "VEDETTE_KAFKA_BOOTSTRAP",
    8123: "VEDETTE_CLICKHOUSE_URL",
    8883: "VEDETTE_MQTT_URL",
    8081: "VEDETTE_FLINK_URL",
    8443: "VEDETTE_INGEST_PORT",
    8600: "VEDETTE_CONTROL_PORT",
    8501: "VEDETTE_DASHBOARD_PORT",
}


def check_machine() -> None:
    """Refuse early where memory or disk can't be enough; the figures are what the demo was measured to need, rounded up."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    disk_gb = shutil.disk_usage(ROOT).free / 2**30
    if memory_gb < MEMORY_GB:
        raise SetupError(
            f"this machine has {memory_gb:.1f} GB of memory; the local stack needs {MEMORY_GB} GB"
        )
    if disk_gb < DISK_GB:
        raise SetupError(
            f"{disk_gb:.1f} GB are free under {ROOT}; setup and the local stack need {DISK_GB} GB"
        )


def taken_ports() -> dict[int, str]:
    """The default ports somebody listens on already, with the setting that moves Vedette's part elsewhere."""
    taken = {}
    for port, setting in PORTS.items():
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                taken[port] = setting
    return taken


def warn_of_ports() -> None:
    """Say which default ports are taken; not an error yet, the stack may be running or be told other ports."""
    for port, setting in taken_ports().items():
        say(
            f"note: port {port} is in use; if not by Vedette itself, set {setting} to another one before `make demo`"
        )

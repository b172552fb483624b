"""One process of a cluster: its command, its environment, and the Python workers it may leave behind."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Literal

import psutil

from infra.flink.distribution import ENVIRONMENT, distribution

WORKER = ("pyflink.fn_execution", "pyflink-udf-runner")

Role = Literal["jobmanager", "taskmanager"]


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

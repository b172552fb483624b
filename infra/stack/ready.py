"""Seeing that a part does its work: each check is a function that returns "" when ready, else what it waits for."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

Check = Callable[[], str]
PROBE_S = 2.0
JOB_NAME = "vedette-gate"
# What every process says in its log once it does its work.
READY_WORD = "ready"


def tcp(host: str, port: int) -> Check:
    """Ready once the port takes connections."""

    def check() -> str:
        try:
            socket.create_connection((host, port), timeout=PROBE_S).close()
        except OSError:
            return f"port {port} to open"
        return ""

    return check


def http(url: str) -> Check:
    """Ready once the address answers 200."""

    def check() -> str:
        return "" if fetch(url) is not None else f"an answer from {url}"

    return check


def task_slots(flink_url: str) -> Check:
    """Ready once a TaskManager has offered slots to the JobManager."""

    def check() -> str:
        overview = json.loads(fetch(f"{flink_url}/overview") or b"{}")
        return "" if overview.get("slots-total", 0) else "Flink's TaskManager to register"

    return check


def flink_job(flink_url: str) -> Check:
    """Ready once every task of the gate job runs."""

    def check() -> str:
        jobs = json.loads(fetch(f"{flink_url}/jobs/overview") or b"{}").get("jobs", [])
        running = [j for j in jobs if j["name"] == JOB_NAME and j["state"] == "RUNNING"]
        tasks = running[0]["tasks"] if running else {}
        return "" if running and tasks["running"] == tasks["total"] else "the gate job to run in Flink"

    return check


def logged(log: Path, waiting: str = "it to say that it is ready") -> Check:
    """Ready once the process has said so in its log; the log is started anew with each start of the stack."""

    def check() -> str:
        said = log.exists() and any(
            READY_WORD in line for line in log.read_text(errors="replace").splitlines()
        )
        return "" if said else waiting

    return check


def fetch(url: str) -> bytes | None:
    """The body of a 200 answer from a local address, else None."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_S) as answer:  # noqa: S310  a loopback address of our own
            return bytes(answer.read())
    except (OSError, urllib.error.URLError, ValueError):
        return None

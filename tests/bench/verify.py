"""Deriving again what the real workers decided: `python -m tests.bench.verify --json`.

Detection, triage and response run as processes on a real broker and see takeovers of many devices, a limit on decisions reached among
them. Then every detection, alert and decision on the log is derived again.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from schemas.event import Envelope, Event
from schemas.ids import derive
from schemas.security import AuthenticationFailed, AuthenticationSucceeded, ConfigurationChanged
from schemas.settings import Settings
from streams.log.writer import LogWriter
from streams.replay.verify import sample
from tests.bench.command import program
from tests.broker import prepared
from tests.streams.worker import wait_for, workers, written

TENANT, DEVICES = "verified", 400
START = datetime(2026, 3, 1, tzinfo=UTC)
ADDRESS = "203.0.113.77"
TAKEOVER: tuple[Event, ...] = (
    *(AuthenticationFailed(account="admin", address=ADDRESS) for _ in range(6)),
    AuthenticationSucceeded(account="admin", address=ADDRESS),
    ConfigurationChanged(setting="syslog.target", account="admin", address=ADDRESS),
)


def feed(bootstrap: str) -> None:
    """Every device is taken over, one a minute."""
    writer = LogWriter(bootstrap, "ingest")
    for device in range(DEVICES):
        for second, data in enumerate(TAKEOVER):
            name = f"cam-{device}"
            writer.append(
                Envelope(
                    id=derive("event", TENANT, name, str(second)),
                    type=data.TYPE,
                    source="bench",
                    subject=name,
                    tenant=TENANT,
                    time=START + timedelta(minutes=device, seconds=second),
                    data=data,
                )
            )
    writer.flush()


def measure() -> dict[str, object]:
    """The figures."""
    with tempfile.TemporaryDirectory() as folder, prepared(Path(folder) / "kafka") as bootstrap:
        feed(bootstrap)
        with workers(bootstrap, Path(folder) / "home") as start:
            for name in ("detection", "triage", "response"):
                start(name)
            wait_for(
                lambda: len(written(bootstrap, "credential-decisions", TENANT)) == DEVICES,
                f"{DEVICES} decisions",
                timeout_s=120,
            )
        started = time.perf_counter()
        found = sample(Settings(kafka_bootstrap=bootstrap), sys.maxsize, seed=0)
        seconds = time.perf_counter() - started
    return {
        "verify_sampled": len(found),
        "verify_equal": sum(one.equal for one in found),
        "verified_per_s": round(len(found) / seconds),
    }


if __name__ == "__main__":
    program(measure, kept=lambda found: found["verify_sampled"] == found["verify_equal"])

"""`python -m streams.detection`."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import typer

from detectors.state import compile_all
from streams.detection.handler import DetectionHandler
from streams.log.detecting import INPUTS
from streams.log.faust_app import await_log, make_app
from streams.log.guard import Guard
from streams.log.worker import Worker
from streams.log.writer import LogWriter
from streams.process import start


def main() -> None:
    """Find devices that behave wrongly: a baseline of every metric of every device, how long it may be
    silent, and rules over security events.

    Reads `telemetry` and `security-events`, writes `detections`, and keeps its state in `detection-snapshots`. Several may run at once and
    share the partitions. Settings: VEDETTE_SNAPSHOT_S and the common ones (see README).
    """
    settings, log = start("detection")
    compile_all()
    await_log(settings, log)
    writer = LogWriter(settings.kafka_bootstrap, "detection")
    guard = Guard(writer, log, now)
    handler = DetectionHandler(
        settings.kafka_bootstrap, writer, guard, log, settings.snapshot_s, time.monotonic, now
    )
    raise SystemExit(Worker(make_app(settings, "detection"), INPUTS, handler, log).run())


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


if __name__ == "__main__":
    typer.run(main)

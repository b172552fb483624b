"""`python -m streams.enforcement`: the only place where effects are constructed, so the only way to have one."""

from __future__ import annotations

import queue
from datetime import UTC, datetime

import typer

from schemas.errors import VedetteError
from schemas.pki import Folder
from streams.enforcement.crl import CrlAuthority
from streams.enforcement.sessions import MosquittoSessions
from streams.enforcement.worker import Worker
from streams.process import start, stop_event


def now() -> datetime:
    """The enforcer's clock."""
    return datetime.now(UTC)


def main() -> None:
    """Enforce credential decisions: update the revocation list, make the MQTT broker read it, drop or admit sessions, write receipts."""
    settings, log = start("enforcement")
    stop = stop_event()
    folder = Folder(settings.pki)
    refusals: queue.Queue[tuple[str, str, datetime]] = queue.Queue()
    try:
        authority = CrlAuthority(folder, now)
        pid_file = settings.mqtt_pid_file or settings.home / "mosquitto" / "mosquitto.pid"
        sessions = MosquittoSessions(
            settings.mqtt_url, folder, pid_file, lambda who, where: refusals.put((who, where, now()))
        )
    except VedetteError as error:
        log.error("cannot start", reason=str(error))
        raise typer.Exit(2) from None
    try:
        Worker(settings.kafka_bootstrap, authority, sessions, log, now, refusals).run(stop)
    except VedetteError as error:
        log.error("stopped", reason=str(error))
        raise typer.Exit(1) from None
    finally:
        sessions.close()
    log.info("stopped")


if __name__ == "__main__":
    typer.run(main)

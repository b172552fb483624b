"""What Faust is told to be for every process: group membership, co-partitioned assignment, fetching, and nothing else."""

from __future__ import annotations

from typing import Any

import faust

from schemas.errors import Fatal
from schemas.settings import Settings
from streams.log.chatter import quieten
from streams.log.topics import ensure
from streams.log.transport import Transport

SESSION_S = 6.0
HEARTBEAT_S = 2.0
COMMIT_EVERY_S = 1.0
COMMIT_EVERY = 100
# Fetched ahead: a record of telemetry has up to a quarter of a megabyte, so not Faust's 4,096.
BUFFERED_RECORDS = 512


def make_app(settings: Settings, name: str) -> faust.App:
    """A Faust app for the process `name`: raw bytes, at-least-once, no tables, no web, no topics of its own."""
    quieten()
    datadir = (settings.home / "faust" / name).resolve()
    datadir.mkdir(parents=True, exist_ok=True)
    brokers = ";".join(f"kafka://{server.strip()}" for server in settings.kafka_bootstrap.split(","))
    app = faust.App(
        f"vedette-{name}",
        broker=brokers,
        datadir=str(datadir),
        key_serializer="raw",
        value_serializer="raw",
        processing_guarantee="at_least_once",
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=HEARTBEAT_S,
        broker_commit_every=COMMIT_EVERY,
        broker_commit_interval=COMMIT_EVERY_S,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=16 * 1024 * 1024,
        stream_buffer_maxsize=BUFFERED_RECORDS,
        stream_wait_empty=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        autodiscover=False,
        loghandlers=[],
    )
    app.transport = Transport(app.conf.broker_consumer, app)
    return app


def await_log(settings: Settings, log: Any) -> None:
    """Wait for Kafka and create what topics are missing; exits with 3 and says so where it does not answer."""
    try:
        ensure(settings.kafka_bootstrap)
    except Fatal as error:
        log.error("cannot start", error=str(error), fix="start Kafka or set VEDETTE_KAFKA_BOOTSTRAP")
        raise SystemExit(3) from None

"""The ingest process as a whole: the edge, its ways in, and the order in which they start and stop."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Collection, Iterator
from typing import Protocol

import structlog

from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.pki import Folder
from schemas.registry import decode
from schemas.security import SECURITY_EVENTS
from schemas.settings import Settings
from streams.ingest.edge import Edge
from streams.ingest.https import HttpsSource
from streams.ingest.intake import Clock, Intake
from streams.ingest.mqtt import MqttSource
from streams.ingest.raw import RawSource
from streams.ingest.session import Session, Sessions, still_open
from streams.ingest.tally import Tally
from streams.ingest.tls import Gate
from streams.log import topics
from streams.log.reader import end_offsets, records
from streams.log.writer import LogWriter
from streams.sealing.key_file import KeyFile
from streams.sealing.sealer import Sealer

DRAIN_S = 15.0
# Whoever starts us waits for "ready"; a broker that is down must not make that wait for ever.
READY_S = 10.0
# How far back open sessions are looked for at start, in records a partition.
SESSION_RECORDS = 20_000
WAYS = ("mqtt", "https", "kafka")


class Source(Protocol):
    """One way in."""

    def start(self) -> None:
        """Begin to take."""

    def ready(self, timeout_s: float) -> bool:
        """Wait until it really takes; False where it doesn't yet."""

    def pause(self) -> None:
        """Take nothing further; answers still go out."""

    def close(self) -> None:
        """Be gone."""


class Service:
    """Ingest with the chosen ways in; Fatal where one can't be set up."""

    def __init__(self, settings: Settings, ways: Collection[str] = WAYS) -> None:
        self._log = structlog.stdlib.get_logger("ingest")
        bootstrap, clock, pki = settings.kafka_bootstrap, Clock(), Folder(settings.pki)
        topics.ensure(bootstrap)
        intake = Intake()
        self._edge = Edge(
            LogWriter(bootstrap, "ingest"),
            intake,
            Tally(uuid.uuid4().hex),
            linger_s=settings.linger_s,
            early_s=settings.early_s,
            clock=clock,
            sealer=Sealer(KeyFile(settings.keys)),
        )
        self.sources: dict[str, Source] = {}
        https = HttpsSource(settings.ingest_port, Gate(pki), self._edge) if "https" in ways else None
        if "mqtt" in ways:
            sessions = Sessions(open_sessions(bootstrap))
            self.sources["mqtt"] = MqttSource(settings.mqtt_url, pki, intake, clock, sessions)
        if "kafka" in ways:
            self.sources["kafka"] = RawSource(bootstrap, intake, clock)
        if https:
            # Last: whoever sees its port open may rely on the others.
            self.sources["https"] = https
        self._stop_edge = threading.Event()
        self._failure: Exception | None = None

    def run(self, stop: threading.Event) -> bool:
        """Serve until `stop`, then finish what was taken; True where all of it was. Raises what made the edge give up."""
        thread = threading.Thread(target=self._run_edge, args=(stop,), name="edge", daemon=True)
        thread.start()
        deadline = time.monotonic() + READY_S
        for way, source in self.sources.items():
            source.start()
            if not source.ready(deadline - time.monotonic()):
                self._log.warning("this way in is not there yet, trying on", way=way)
        self._log.info("ready", ways=", ".join(self.sources), instance=self._edge.tally.instance)
        stop.wait()
        drained = self._drain()
        self._stop_edge.set()
        thread.join(DRAIN_S)
        if self._failure is not None:
            raise self._failure
        return drained

    def _run_edge(self, stop: threading.Event) -> None:
        try:
            self._edge.run(self._stop_edge)
        except (
            Exception
        ) as error:  # whatever it is, nothing is taken any more: the process must end and say so
            self._failure = error
            stop.set()

    def _drain(self) -> bool:
        for source in self.sources.values():
            source.pause()
        deadline = time.monotonic() + DRAIN_S
        while self._edge.intake.unfinished and self._failure is None and time.monotonic() < deadline:
            time.sleep(0.02)
        left = self._edge.intake.unfinished
        for source in self.sources.values():
            source.close()
        if left:
            self._log.warning(
                "Kafka did not confirm everything; the senders will send it again", deliveries=left
            )
        return not left


def open_sessions(bootstrap: str) -> list[Session]:
    """The sessions open when ingest last ran, from what it wrote; so a disconnect after a restart still finds its session."""
    ends = end_offsets(bootstrap, SECURITY_EVENTS)
    start = {partition: max(0, end - SESSION_RECORDS) for partition, end in ends.items()}
    return still_open(_events(bootstrap, start))


def _events(bootstrap: str, start: dict[int, int]) -> Iterator[Envelope]:
    for record in records(bootstrap, SECURITY_EVENTS, start=start):
        with contextlib.suppress(Rejected):
            yield decode(record.headers(), record.value() or b"")

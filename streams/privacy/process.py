"""The loop of the privacy process: follow its topic, carry out what is asked, apply retention every hour."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from schemas.errors import Fatal, Rejected, Retryable
from schemas.privacy import PRIVACY
from schemas.registry import decode
from schemas.settings import Settings
from streams.log import topics
from streams.log.consuming import placed_consumer
from streams.log.reader import records
from streams.log.writer import LogWriter
from streams.privacy import retention
from streams.privacy.erasure import Eraser
from streams.privacy.requests import Requests
from streams.privacy.store import Store
from streams.sealing.key_file import KeyFile

POLL_S = 0.2
# What can't be finished now is tried again this often.
RETRY_S = 1.0
NUMBER = re.compile(r"\d+")
log = structlog.stdlib.get_logger("privacy")


class PrivacyProcess:
    """Carries out erasures and retention until told to stop. A second one beside it does no harm: every step can be done twice."""

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._stop = stop
        self._clock = clock
        self._bootstrap = settings.kafka_bootstrap
        topics.ensure(self._bootstrap)
        self._writer = LogWriter(self._bootstrap, "privacy")
        self._store = Store(settings.clickhouse_url)
        self._eraser = Eraser(KeyFile(settings.keys), self._writer, self._store, self._bootstrap, clock)
        self._requests = Requests()
        self._waits: dict[str, str] = {}
        self._again_s = 0.0

    def run(self) -> None:
        """Work until stopped; Fatal where it can't go on."""
        consumer = placed_consumer(self._bootstrap, "privacy")
        try:
            consumer.assign([TopicPartition(PRIVACY, 0, self._catch_up())])
            log.info("ready", pending=len(self._requests.pending))
            while not self._stop.is_set():
                if self._read(consumer) or time.monotonic() >= self._again_s:
                    self._work()
        finally:
            consumer.close()

    def _catch_up(self) -> int:
        """Fold what is on the topic now, perhaps nothing; returns the offset to go on from."""
        next_ = 0
        for message in records(self._bootstrap, PRIVACY):
            self._add(message)
            next_ = (message.offset() or 0) + 1
        return next_

    def _read(self, consumer: Consumer) -> bool:
        try:
            message = consumer.poll(POLL_S)
        except KafkaException as error:
            raise Fatal(f"Kafka: could not read {PRIVACY}: {error.args[0].str()}") from None
        if message is None or message.error() is not None:
            return False
        self._add(message)
        return True

    def _add(self, message: Message) -> None:
        with contextlib.suppress(Rejected):
            self._requests.add(decode(message.headers(), message.value() or b""))

    def _work(self) -> None:
        self._again_s = time.monotonic() + RETRY_S
        for request in self._requests.pending:
            if not self._stop.is_set():
                self._try(
                    f"erasure of {request.tenant}/{request.subject}",
                    partial(self._eraser.erase, request, self._requests),
                )
        if retention.due(self._requests.retained_time, self._clock()):
            self._try("retention", self._retain)

    def _retain(self) -> None:
        event = retention.apply(self._bootstrap, self._store, self._writer, self._clock())
        self._requests.add(event)
        log.info("retention applied")

    def _try(self, what: str, act: Callable[[], None]) -> None:
        """Do it, or say once what it waits for."""
        try:
            act()
        except Retryable as error:
            told = NUMBER.sub("n", str(error))
            if self._waits.get(what) != told:
                log.info(f"{what} waits", reason=str(error))
            self._waits[what] = told
        else:
            self._waits.pop(what, None)

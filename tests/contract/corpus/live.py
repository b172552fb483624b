"""A running ingest on a log of its own: hostile messages in over Kafka and HTTPS, what it wrote out."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import kafka
from infra.pki import init, issue
from schemas.pki import Folder
from schemas.registry import decode
from streams.dead_letters.letter import read
from streams.log import topics
from streams.log.reader import end_offsets, records
from streams.log.record import Record
from streams.log.writer import LogWriter
from streams.sealing.key_file import KeyFile
from tests.contract.corpus.account import Written, decoded
from tests.contract.corpus.hostile import HEADER_BYTES, Hostile
from tests.streams.ingest.conftest import ingest
from tests.streams.sealing.memory import unsealed

OUTPUTS = ("telemetry", "security-events", "dead-letters")
HEADERS: tuple[tuple[str, bytes], ...] = (
    ("ce_type", b"x" * HEADER_BYTES),
    ("ce_id", b"\xff\xfe"),
    ("", b""),
    ("content-type", b"\x00"),
)


@dataclass(frozen=True, slots=True)
class Ingest:
    """Where it is."""

    bootstrap: str
    port: int
    pki: Folder
    keys: Path

    def written(self, start: dict[str, dict[int, int]] | None = None) -> Written:
        """Everything it wrote, from these offsets on, with what it sealed opened again."""
        keys = KeyFile(self.keys)

        def read_all(topic: str) -> Iterator[Record]:
            begin = (start or {}).get(topic)
            return (Record.of_confluent(message) for message in records(self.bootstrap, topic, start=begin))

        return Written(
            decoded(record.value or b"" for record in read_all("telemetry")),
            [
                unsealed(decode(record.headers, record.value or b""), keys)
                for record in read_all("security-events")
            ],
            [read(record) for record in read_all("dead-letters")],
        )

    def ends(self) -> dict[str, dict[int, int]]:
        """Where what it wrote ends now."""
        return {topic: end_offsets(self.bootstrap, topic) for topic in OUTPUTS}


@contextmanager
def live_ingest(home: Path) -> Iterator[Ingest]:
    """Start a broker and ingest; must still run at the end, and stop cleanly."""
    with kafka.broker(home / "kafka") as bootstrap:
        topics.ensure(bootstrap)
        port, pki = kafka.free_port(), init(home / "pki")
        variables = {"VEDETTE_KAFKA_BOOTSTRAP": bootstrap, "VEDETTE_INGEST_PORT": str(port)}
        with ingest(home, "kafka", "https", **variables) as process:
            yield Ingest(bootstrap, port, pki, home / "keys")
            assert process.poll() is None


def send_raw(running: Ingest, inputs: Sequence[Hostile]) -> None:
    """Put messages on partition 0 of an empty `telemetry.raw`, every tenth with hostile headers; offsets are places in `inputs`."""
    writer = LogWriter(running.bootstrap, "gateway")
    for place, one in enumerate(inputs):
        headers = HEADERS if place % 10 == 0 else ()
        writer.append_raw("telemetry.raw", one.raw, headers=headers, partition=0)
    writer.flush()


def await_ledger(running: Ingest, channel: str, units: int, timeout_s: float = 60.0) -> tuple[int, int, int]:
    """Received, accepted and dead-lettered as ingest counts them, once it received that many or the time is over."""
    deadline = time.monotonic() + timeout_s
    while True:
        counts = [decode(m.headers(), m.value()).data for m in records(running.bootstrap, "ledger")]
        last: Any = next((one for one in reversed(counts) if getattr(one, "channel", "") == channel), None)
        if last is not None and (last.received >= units or time.monotonic() > deadline):
            return last.received, last.accepted, last.dead_lettered
        assert time.monotonic() < deadline, "ingest counted nothing"
        time.sleep(0.1)


@contextmanager
def device(running: Ingest, name: str) -> Iterator[Callable[..., tuple[int, dict[str, Any]]]]:
    """A function that posts a body with headers as this device and returns status and answer."""
    context = ssl.create_default_context(cafile=str(running.pki.ca_certificate))
    made = issue(running.pki.root, name)
    context.load_cert_chain(made.cert, made.key)
    connection = http.client.HTTPSConnection("127.0.0.1", running.port, context=context, timeout=20)

    def post(path: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        connection.request("POST", path, body, headers or {})
        response = connection.getresponse()
        said = response.read()
        return response.status, json.loads(said) if said.startswith(b"{") else {}

    try:
        yield post
    finally:
        connection.close()

"""A running ingest on a log of its own: hostile messages in over Kafka, HTTPS and MQTT, what it wrote out."""

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

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from infra import kafka, mosquitto
from infra.mosquitto.enroll import enroll
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
from tests.streams.sealing.memory import opened, unsealed

OUTPUTS = ("telemetry", "security-events", "dead-letters")
WINDOW = 500
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
    mqtt_port: int
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
            [opened(read(record), keys) for record in read_all("dead-letters")],
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
        with mosquitto.broker(home) as mqtt_port:
            variables = {
                "VEDETTE_KAFKA_BOOTSTRAP": bootstrap,
                "VEDETTE_INGEST_PORT": str(port),
                "VEDETTE_MQTT_URL": f"mqtts://127.0.0.1:{mqtt_port}",
            }
            with ingest(home, "kafka", "https", "mqtt", **variables) as process:
                yield Ingest(bootstrap, port, mqtt_port, pki, home / "keys")
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


def publish(running: Ingest, name: str, messages: Sequence[tuple[str, bytes]]) -> None:
    """Publish messages (kind, payload) as this device, in order; returns once the MQTT broker has acknowledged each (QoS 1).

    The device is enrolled first: what one without rights publishes is acknowledged as well (MQTT 3.1.1 has no other answer) and dropped.
    """
    made = issue(running.pki.root, name)
    enroll(running.pki, running.mqtt_port, [name])
    context = ssl.create_default_context(cafile=str(running.pki.ca_certificate))
    context.load_cert_chain(made.cert, made.key)
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"hostile-{name}")
    client.tls_set_context(context)
    client.connect("127.0.0.1", running.mqtt_port)
    client.loop_start()
    try:
        for start in range(0, len(messages), WINDOW):
            sent = [
                client.publish(f"v1/{name}/{kind}", raw, qos=1)
                for kind, raw in messages[start : start + WINDOW]
            ]
            for one in sent:
                one.wait_for_publish(30)
                assert one.is_published()
    finally:
        client.disconnect()
        client.loop_stop()

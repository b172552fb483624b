"""Devices over a real Mosquitto with certificates, written to a real log."""

from __future__ import annotations

import json
import signal
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from infra import mosquitto
from infra.pki import init, issue
from schemas import telemetry
from schemas.event import Envelope
from schemas.pki import Folder
from schemas.registry import decode
from schemas.security import SessionClosed, SessionOpened
from streams.sealing.key_file import KeyFile
from tests.streams.ingest.conftest import Tail, ingest, wait
from tests.streams.sealing.memory import unsealed

pytestmark = [pytest.mark.kafka, pytest.mark.mqtt]
DEVICES = ("mqtt:cam-1", "mqtt:cam-2")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("mqtt")
    init(home / "pki")
    for name in DEVICES:
        issue(home / "pki", name)
    return home


@pytest.fixture(scope="module")
def variables(home: Path, kafka_bootstrap: str) -> Iterator[dict[str, str]]:
    with mosquitto.broker(home) as port:
        yield {"VEDETTE_KAFKA_BOOTSTRAP": kafka_bootstrap, "VEDETTE_MQTT_URL": f"mqtts://127.0.0.1:{port}"}


@contextmanager
def device(
    variables: dict[str, str], home: Path, name: str, client_id: str, address: str
) -> Iterator[mqtt.Client]:
    """A connected device that comes from `address`."""
    folder = Folder(home / "pki")
    context = ssl.create_default_context(cafile=str(folder.ca_certificate))
    context.load_cert_chain(folder.certificate(name, "device"), folder.key(name, "device"))
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    client.tls_set_context(context)
    client.connect("127.0.0.1", int(variables["VEDETTE_MQTT_URL"].rpartition(":")[2]), bind_address=address)
    client.loop_start()
    wait(client.is_connected)
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def publish(client: mqtt.Client, topic: str, payload: Any) -> None:
    """Publish and wait until the broker has it."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    client.publish(topic, data, qos=1).wait_for_publish(20)


def report(**changes: Any) -> dict[str, Any]:
    """What a device sends: no identity, that is in its certificate."""
    return {"time": datetime.now(UTC).isoformat(), "metrics": {"temperature_c": 20.5}, **changes}


def rows(tail: Tail, device: str) -> list[dict[str, Any]]:
    """The telemetry of one of this module's devices."""
    found = [row for record in tail.read("telemetry") for row in telemetry.decode(record.value()).to_pylist()]
    return [row for row in found if (row["tenant"], row["device"]) == ("mqtt", device)]


def sessions(tail: Tail, home: Path, network: str) -> list[Envelope]:
    """The session events, unsealed, of clients in this test's network; the broker may still tell of those before."""
    keys = KeyFile(home / "keys")
    read = [decode(record.headers(), record.value()) for record in tail.read("security-events")]
    events = [unsealed(event, keys) for event in read]
    return [event for event in events if str(getattr(event.data, "address", "")).startswith(network)]


def becomes(read: Callable[[], list[Any]], count: int) -> list[Any]:
    """What is read once it has `count` entries."""
    wait(lambda: len(read()) >= count)
    return read()


def test_what_devices_send_arrives_as_theirs(variables: dict[str, str], home: Path) -> None:
    tail = Tail(variables["VEDETTE_KAFKA_BOOTSTRAP"])
    with ingest(home, "mqtt", **variables), device(variables, home, "mqtt:cam-1", "c1", "127.1.2.3") as cam:
        publish(cam, "v1/mqtt:cam-1/telemetry", report(id="1"))
        lines = b"\n".join(json.dumps(report(id=str(number))).encode() for number in (2, 3))
        publish(cam, "v1/mqtt:cam-1/telemetry", lines)
        publish(cam, "v1/mqtt:cam-1/telemetry", report(device="cam-2"))
        publish(cam, "v1/mqtt:cam-1/telemetry", b"\x00junk")
        event = {"specversion": "1.0", "id": "1", "source": "/boot", "type": "attestation.failed.v1"}
        data = {"firmware": "1", "expected": "aa", "measured": "bb"}
        publish(cam, "v1/mqtt:cam-1/events", {**event, "time": datetime.now(UTC).isoformat(), "data": data})
        found = becomes(lambda: rows(tail, "cam-1"), 3)
        letters = becomes(lambda: tail.read("dead-letters"), 2)
        wait(
            lambda: any(b"attestation" in dict(r.headers())["ce_type"] for r in tail.read("security-events"))
        )
    assert len({row["event_id"] for row in found}) == 3
    headers = [dict(letter.headers()) for letter in letters]
    assert {header["code"] for header in headers} == {b"identity_mismatch", b"bad_json"}
    assert {(header["device"], header["origin"]) for header in headers} == {
        (b"cam-1", b"mqtt:v1/mqtt:cam-1/telemetry")
    }


def test_sessions_are_seen_as_the_broker_sees_them(variables: dict[str, str], home: Path) -> None:
    tail = Tail(variables["VEDETTE_KAFKA_BOOTSTRAP"])
    with ingest(home, "mqtt", **variables):
        with device(variables, home, "mqtt:cam-1", "same", "127.7.0.1") as first:
            becomes(lambda: sessions(tail, home, "127.7."), 1)
            first.loop_stop()
            with device(variables, home, "mqtt:cam-1", "same", "127.7.0.2"):
                becomes(lambda: sessions(tail, home, "127.7."), 3)
        events = becomes(lambda: sessions(tail, home, "127.7."), 4)
    kinds = [type(event.data) for event in events]
    assert kinds == [SessionOpened, SessionClosed, SessionOpened, SessionClosed]
    opened = [event.data for event in events if isinstance(event.data, SessionOpened)]
    closed = [event.data for event in events if isinstance(event.data, SessionClosed)]
    assert [data.address for data in opened] == ["127.7.0.1", "127.7.0.2"]
    assert [data.session for data in opened] == [data.session for data in closed]
    assert {event.subject for event in events} == {"cam-1"}


def test_nothing_is_lost_when_ingest_is_killed(variables: dict[str, str], home: Path) -> None:
    """What is sent while it is away, and what it had but had not written, comes again; a session's end still finds it."""
    tail = Tail(variables["VEDETTE_KAFKA_BOOTSTRAP"])
    with (
        ingest(home, "mqtt", **variables) as process,
        device(variables, home, "mqtt:cam-2", "kill", "127.1.2.4") as cam,
    ):
        becomes(lambda: sessions(tail, home, "127.1.2.4"), 1)
        for number in range(300):
            cam.publish("v1/mqtt:cam-2/telemetry", json.dumps(report(id=str(number))), qos=1)
            if number == 150:
                process.send_signal(signal.SIGKILL)
        publish(cam, "v1/mqtt:cam-2/telemetry", report(id="last"))
        process.wait(30)
    with ingest(home, "mqtt", **variables):
        wait(lambda: len({row["event_id"] for row in rows(tail, "cam-2")}) >= 301)
        wait(
            lambda: any(isinstance(event.data, SessionClosed) for event in sessions(tail, home, "127.1.2.4"))
        )
    assert len({row["event_id"] for row in rows(tail, "cam-2")}) == 301

"""The local broker: who gets in, and what each may do."""

from __future__ import annotations

import json
import queue
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from infra.mosquitto import broker, prepare
from infra.mosquitto.enroll import enroll
from infra.pki import init, issue
from schemas.errors import Fatal, Retryable
from schemas.pki import Folder, Kind
from streams.enforcement.crl import CrlAuthority
from tests.streams.enforcement.test_crl import Clock

ME, OTHER = "acme:cam-1", "acme:cam-2"


class Client:
    """An MQTT 5 client, because only version 5 tells a client that it was refused."""

    def __init__(self, root: Path, port: int, name: str, kind: Kind = "device") -> None:
        folder = Folder(root)
        self.seen: queue.Queue[Any] = queue.Queue()
        self.got: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5, reconnect_on_failure=False
        )
        context = ssl.create_default_context(cafile=str(folder.ca_certificate))
        context.load_cert_chain(folder.certificate(name, kind), folder.key(name, kind))
        self.client.tls_set_context(context)
        self.client.on_connect = lambda _c, _u, _f, code, _p: self.seen.put(str(code))
        self.client.on_publish = lambda _c, _u, _m, code, _p: self.seen.put(str(code))
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: self.seen.put(str(codes[0]))
        self.client.on_message = lambda _c, _u, message: self.got.put((message.topic, bytes(message.payload)))
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self.seen.get(timeout=30) == "Success"

    def publish(self, topic: str, payload: bytes = b"{}") -> str:
        self.client.publish(topic, payload, qos=1)
        return str(self.seen.get(timeout=30))

    def subscribe(self, topic: str) -> str:
        self.client.subscribe(topic, options=SubscribeOptions(qos=1))
        return str(self.seen.get(timeout=30))

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        # Its callbacks refer to this object: without this the client, and its sockets, would live until the collector comes.
        del self.client


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    home = tmp_path_factory.mktemp("mosquitto")
    init(home / "pki")
    for name in (ME, OTHER):
        issue(home / "pki", name)
    with broker(home) as port:
        yield home / "pki", port


@pytest.fixture
def ingest(running: tuple[Path, int]) -> Iterator[Client]:
    client = Client(*running, "ingest", "service")
    yield client
    client.close()


@pytest.fixture
def device(running: tuple[Path, int]) -> Iterator[Client]:
    client = Client(*running, ME)
    yield client
    client.close()


@pytest.mark.mqtt
def test_a_device_speaks_as_itself_only(ingest: Client, device: Client) -> None:
    assert ingest.subscribe("v1/+/+") == "Granted QoS 1"
    for topic in (f"v1/{OTHER}/telemetry", "v1/x", "telemetry", "$CONTROL/dynamic-security/v1"):
        assert device.publish(topic, b"forged") == "Not authorized", topic
    assert device.publish(f"v1/{ME}/telemetry", b"mine") == "Success"
    assert ingest.got.get(timeout=30) == (f"v1/{ME}/telemetry", b"mine")
    assert ingest.got.empty()


@pytest.mark.mqtt
def test_a_device_hears_its_own_commands_only(device: Client) -> None:
    assert device.subscribe(f"v1/{ME}/commands/#") == "Granted QoS 1"
    others = (
        f"v1/{OTHER}/commands/#",
        f"v1/{OTHER}/telemetry",
        "v1/+/commands/#",
        "v1/#",
        "#",
        "+/+/+",
        "$SYS/#",
    )
    for topic in (*others, "$SYS/broker/log/#", "$CONTROL/#", f"$share/g/v1/{OTHER}/telemetry"):
        assert device.subscribe(topic) == "Not authorized", topic


@pytest.mark.mqtt
def test_ingest_hears_the_devices_and_the_brokers_log_and_says_nothing(
    running: tuple[Path, int], ingest: Client
) -> None:
    assert ingest.subscribe("$SYS/broker/log/#") == "Granted QoS 1"
    assert ingest.publish(f"v1/{ME}/telemetry") == "Not authorized"
    assert ingest.publish("$CONTROL/dynamic-security/v1") == "Not authorized"
    Client(*running, OTHER).close()
    while (line := ingest.got.get(timeout=30)[1].decode()) and OTHER not in line:
        pass
    assert "New client connected from 127.0.0.1:" in line


@pytest.mark.mqtt
def test_without_a_certificate_of_ours_nobody_gets_in(running: tuple[Path, int], tmp_path: Path) -> None:
    root, port = running
    init(tmp_path)
    issue(tmp_path, ME)
    strangers = ssl.create_default_context(cafile=str(root / "ca.crt"))
    strangers.maximum_version = ssl.TLSVersion.TLSv1_2
    nobody = ssl.create_default_context(cafile=str(root / "ca.crt"))
    nobody.maximum_version = ssl.TLSVersion.TLSv1_2
    strangers.load_cert_chain(tmp_path / "devices" / f"{ME}.crt", tmp_path / "devices" / f"{ME}.key")
    for context in (strangers, nobody):
        plain = socket.create_connection(("127.0.0.1", port))
        with plain, pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname="127.0.0.1")


@pytest.mark.mqtt
def test_a_device_enrolled_on_the_running_broker_can_publish(running: tuple[Path, int]) -> None:
    root, port = running
    names = [f"globex:new-{number}" for number in range(60)]
    for name in names:
        issue(root, name)
    for _ in range(2):
        enroll(Folder(root), port, names)
    device = Client(root, port, names[-1])
    assert device.publish(f"v1/{names[-1]}/telemetry") in ("Success", "No matching subscribers")
    assert device.publish(f"v1/{names[0]}/telemetry") == "Not authorized"
    device.close()


def test_only_devices_with_a_valid_certificate_are_let_in_at_start(tmp_path: Path) -> None:
    init(tmp_path / "pki")
    for name in (ME, OTHER):
        issue(tmp_path / "pki", name)
    CrlAuthority(Folder(tmp_path / "pki"), Clock()).hold([OTHER])
    config = prepare(tmp_path, 18701)
    listed = json.loads((tmp_path / "mosquitto" / "dynamic-security.json").read_text())
    assert [client["username"] for client in listed["clients"]] == ["ingest", "enforcement", "admin", ME]
    lines = config.read_text().splitlines()
    assert "listener 18701 127.0.0.1" in lines
    assert "require_certificate true" in lines


def test_a_home_mosquitto_cannot_take_is_said(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match="with spaces"):
        prepare(tmp_path / "my home", 18701)


def test_enrolling_without_a_broker_is_said(tmp_path: Path) -> None:
    init(tmp_path)
    with pytest.raises(Retryable, match=r"no MQTT broker answers on 127\.0\.0\.1:18702"):
        enroll(Folder(tmp_path), 18702, [ME])

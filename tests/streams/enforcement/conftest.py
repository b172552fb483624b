"""What enforcement's tests share: an authority, a real Mosquitto on it, and devices that connect to it."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from infra.mosquitto import broker
from infra.pki import init, issue
from schemas.pki import Folder

DEADLINE_S = 60.0


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for a condition; the test fails with `what` where it doesn't come."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.01)


@dataclass
class Fleet:
    """A broker and its authority."""

    home: Path
    port: int

    @property
    def folder(self) -> Folder:
        return Folder(self.home / "pki")

    @property
    def pid(self) -> int:
        return int((self.home / "mosquitto" / "mosquitto.pid").read_text())

    def context(self, identity: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.folder.ca_certificate))
        context.load_cert_chain(
            self.folder.certificate(identity, "device"), self.folder.key(identity, "device")
        )
        return context


@dataclass
class Device:
    """A connected device that doesn't come back by itself."""

    fleet: Fleet
    identity: str
    address: str = "127.0.0.1"
    dropped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.connected = threading.Event()
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"{self.identity}-{id(self)}", reconnect_on_failure=False
        )
        self.client.tls_set_context(self.fleet.context(self.identity))
        self.client.on_connect = lambda *_: self.connected.set()
        self.client.on_disconnect = lambda *_: self.dropped.set()

    def connect(self) -> Device:
        """Open a session; raises ssl.SSLError where the handshake is refused at once."""
        self.client.connect("127.0.0.1", self.fleet.port, bind_address=self.address)
        self.client.loop_start()
        until(self.connected.is_set, f"{self.identity} to connect")
        return self

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        # Its callbacks refer to this object: without this the client, and its sockets, would live until the collector comes.
        del self.client


def refused(fleet: Fleet, identity: str, address: str = "127.0.0.1") -> bool:
    """Whether a new session of this device is refused for its certificate, at the handshake or right after (TLS 1.3)."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.tls_set_context(fleet.context(identity))
    outcome: list[bool] = []
    client.on_connect = lambda *_: outcome.append(False)
    client.on_disconnect = lambda *_: outcome.append(True)
    try:
        client.connect("127.0.0.1", fleet.port, bind_address=address)
    except (ssl.SSLError, ConnectionError):
        return True
    client.loop_start()
    until(lambda: bool(outcome), "the broker to answer")
    client.disconnect()
    client.loop_stop()
    return outcome[0]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A broker that knows devices acme:d-0 to acme:d-19."""
    home = tmp_path_factory.mktemp("fleet")
    init(home / "pki")
    for number in range(20):
        issue(home / "pki", f"acme:d-{number}")
    with broker(home) as port:
        yield Fleet(home, port)


@pytest.fixture
def connect(fleet: Fleet) -> Iterator[Callable[..., Device]]:
    """Connects devices, and ends their sessions after the test."""
    devices: list[Device] = []

    def run(identity: str, address: str = "127.0.0.1") -> Device:
        devices.append(Device(fleet, identity, address))
        return devices[-1].connect()

    yield run
    for device in devices:
        device.close()

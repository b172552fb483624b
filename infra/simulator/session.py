"""One MQTT session of a device over mutual TLS, and what the device sees of it: connected, dropped, refused."""

from __future__ import annotations

import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from infra.simulator.journal import Journal
from schemas.pki import Folder

KEEPALIVE_S = 30
FIRST_RETRY_S, LAST_RETRY_S = 0.2, 2.0


class Session:
    """A client that connects with a device's certificate from a source address and comes back by itself for ever.

    All times are wall clock seconds as this client saw things happen. `refusals` counts attempts that ended before the broker let it in;
    `returns` counts how often it got in again after it was dropped. `on_connected` is called at the first time it gets in.
    """

    def __init__(
        self, folder: Folder, identity: str, address: str, clock: Callable[[], float], client_id: str = ""
    ) -> None:
        self.identity, self.address = identity, address
        self.connected_s: float | None = None
        self.dropped_s: float | None = None
        self.refused_s: float | None = None
        self.drops = self.refusals = self.returns = 0
        self.on_connected: Callable[[float], None] = lambda _: None
        self._clock = clock
        self._in = threading.Event()
        self._pending: deque[tuple[mqtt.MQTTMessageInfo, Sequence[int]]] = deque()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id or identity)
        context = ssl.create_default_context(cafile=str(folder.ca_certificate))
        context.load_cert_chain(folder.certificate(identity, "device"), folder.key(identity, "device"))
        self._client.tls_set_context(context)
        self._client.reconnect_delay_set(FIRST_RETRY_S, LAST_RETRY_S)  # type: ignore[arg-type]
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_connect_fail = lambda *_: self._refused()

    def open(self, url: str) -> None:
        """Start connecting; returns at once."""
        parts = urlsplit(url)
        self._client.connect_async(
            parts.hostname or "127.0.0.1", parts.port or 8883, KEEPALIVE_S, bind_address=self.address
        )
        self._client.loop_start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until the broker has let this client in; False where it hasn't in time."""
        return self._in.wait(timeout_s)

    @property
    def connected(self) -> bool:
        """Whether the broker has let this client in and not dropped it."""
        return self._in.is_set()

    def send(self, topic: str, payload: bytes, places: Sequence[int]) -> None:
        """Publish with QoS 1; a message that meets a dropped session is lost like on any device without a store of its own."""
        if self.connected:
            self._pending.append((self._client.publish(topic, payload, qos=1), places))

    def settle(self, journal: Journal) -> int:
        """Tell the journal what the broker has acknowledged; returns how many messages still wait."""
        waiting: deque[tuple[mqtt.MQTTMessageInfo, Sequence[int]]] = deque()
        while self._pending:
            info, places = self._pending.popleft()
            if _published(info):
                journal.acknowledge(places)
            elif info.rc == mqtt.MQTT_ERR_SUCCESS:
                waiting.append((info, places))
        self._pending = waiting
        return len(waiting)

    def close(self) -> None:
        """Say goodbye to the broker and stop trying; the session can't be used afterwards."""
        self._client.on_disconnect = None
        self._client.disconnect()
        self._client.loop_stop()
        self._in.clear()
        # Its callbacks refer to this object: without this its sockets would live until the collector comes.
        del self._client

    def _on_connect(self, _client: Any, _userdata: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refused()
            return
        self.returns += self.dropped_s is not None
        if self.connected_s is None:
            self.connected_s = self._clock()
            self.on_connected(self.connected_s)
        self._in.set()

    def _on_disconnect(self, *_: Any) -> None:
        if not self._in.is_set():
            # With TLS 1.3 a certificate is refused only after the client's part of the handshake is done.
            self._refused()
            return
        self._in.clear()
        self.drops += 1
        self.dropped_s = self.dropped_s or self._clock()

    def _refused(self) -> None:
        self.refusals += 1
        if self.dropped_s is not None:
            self.refused_s = self.refused_s or self._clock()


def _published(info: mqtt.MQTTMessageInfo) -> bool:
    try:
        return info.is_published()
    except (RuntimeError, ValueError):
        return False

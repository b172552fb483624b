"""Devices over MQTT: one subscriber with a persistent session that acknowledges a message only once Kafka has it (QoS 1).

The broker authenticates (mTLS) and lets a device publish below its own topic only, so the topic proves the identity. While ingest is away
the broker keeps what devices send, and sends it after.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import structlog
from paho.mqtt.enums import CallbackAPIVersion

from schemas.errors import Fatal
from schemas.mqtt import LOG_TOPIC
from schemas.pki import NAME, Folder
from streams.ingest.intake import Clock, Intake
from streams.ingest.session import Sessions
from streams.ingest.unit import Delivery, Kind, Message, Part

CLIENT_ID = "vedette-ingest"
KINDS: dict[str, Kind] = {"telemetry": "telemetry", "events": "event"}
SUBSCRIPTIONS = [("v1/+/telemetry", 1), ("v1/+/events", 1), (LOG_TOPIC, 1)]
LOG_PREFIX = LOG_TOPIC.removesuffix("#")
KEEPALIVE_S = 30
DEFAULT_PORTS = {"mqtts": 8883, "mqtt": 1883}


class MqttSource:
    """Takes messages into the intake from its own thread between `start` and `close`; reconnects by itself."""

    def __init__(
        self,
        url: str,
        pki: Folder,
        intake: Intake,
        clock: Clock,
        sessions: Sessions,
        client_id: str = CLIENT_ID,
    ) -> None:
        self._intake, self._clock, self._sessions = intake, clock, sessions
        self._log = structlog.stdlib.get_logger("ingest")
        self._connection = 0
        self._taking = True
        self._subscriptions = threading.Event()
        address = urlsplit(url)
        self._host, self._port = (
            address.hostname or "127.0.0.1",
            address.port or DEFAULT_PORTS[address.scheme],
        )
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True
        )
        if address.scheme == "mqtts":
            self.client.tls_set_context(_context(pki))
        self.client.reconnect_delay_set(1, 10)
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._disconnected
        self.client.on_message = self._message
        self.client.on_subscribe = self._subscribed

    def start(self) -> None:
        """Connect in the background; a broker that isn't there is tried again until it is."""
        self.client.connect_async(self._host, self._port, KEEPALIVE_S)
        self.client.loop_start()

    def ready(self, timeout_s: float) -> bool:
        """Wait until the broker has taken the subscriptions."""
        return self._subscriptions.wait(max(timeout_s, 0.0))

    def pause(self) -> None:
        """Take no further messages; what comes stays with the broker. Acknowledgements still go out."""
        self._taking = False

    def close(self) -> None:
        """Disconnect; the session and what is unacknowledged stay with the broker."""
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._log.error("the MQTT broker refuses us", reason=str(reason))
            return
        self._connection += 1
        client.subscribe(SUBSCRIPTIONS)

    def _subscribed(
        self, _client: mqtt.Client, _data: Any, _mid: int, reasons: Any, _properties: Any
    ) -> None:
        for (topic, _), reason in zip(SUBSCRIPTIONS, reasons, strict=False):
            if reason.is_failure:
                self._log.error("the MQTT broker refuses a subscription", topic=topic, reason=str(reason))
        self._subscriptions.set()
        self._log.info("mqtt connected", host=self._host, port=self._port)

    def _disconnected(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._log.warning("mqtt connection lost, trying again", reason=str(reason))

    def _message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        if not self._taking:
            return
        done = self._acknowledge(message.mid, message.qos)
        taken = self.understand(message.topic, bytes(message.payload), done)
        if taken is None:
            done(Delivery("mqtt", done))
            return
        while self._taking and not self._intake.offer(taken, 1.0):
            pass

    def understand(self, topic: str, payload: bytes, done: Callable[[Delivery], None]) -> Message | None:
        """What a message on a subscribed topic brings, None where nothing that counts; `done` is called once that is on the log."""
        now_us = self._clock()
        if topic.startswith(LOG_PREFIX):
            envelopes = self._sessions.read(payload.decode(errors="replace"), now_us)
            delivery = Delivery("broker-log", done)
            return Message("event", [], delivery, now_us, envelopes=envelopes) if envelopes else None
        _, identity, kind = topic.split("/", 2)
        tenant, _, device = identity.partition(":")
        part = Part(payload, f"mqtt:{topic}")
        if not NAME.fullmatch(tenant) or not NAME.fullmatch(device):
            # Only a broker without certificates lets such a name in; nothing proves who it is, so nothing is believed.
            tenant, device = "?", "?"
        return Message(KINDS[kind], [part], Delivery("mqtt", done), now_us, tenant, device)

    def _acknowledge(self, mid: int, qos: int) -> Callable[[Delivery], None]:
        """Acknowledge to the broker, unless the connection is another by now: there the same number may mean another message."""
        connection = self._connection

        def done(_delivery: Delivery) -> None:
            if qos and connection == self._connection:
                self.client.ack(mid, qos)

        return done


def _context(pki: Folder) -> ssl.SSLContext:
    certificate, key = pki.certificate("ingest", "service"), pki.key("ingest", "service")
    try:
        context = ssl.create_default_context(cafile=str(pki.ca_certificate))
        context.load_cert_chain(certificate, key)
    except OSError as error:
        raise Fatal(
            f"cannot use {certificate} and its key for MQTT: {error.strerror or error}; `python -m infra.pki init` makes them"
        ) from None
    return context

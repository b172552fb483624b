"""Mosquitto's dynamic security plugin as a request and its answer, over one MQTT connection that stays open; plus the broker's log."""

from __future__ import annotations

import itertools
import json
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from schemas.errors import Fatal, Retryable
from schemas.mqtt import ALREADY, CONTROL_TOPIC, LOG_TOPIC, RESPONSE_TOPIC, Command
from schemas.pki import Folder

SERVICE = "enforcement"
LOG_PREFIX = LOG_TOPIC.removesuffix("#")


class DynamicSecurity:
    """Sends commands and waits for their answers; connects, and reconnects, by itself in a thread of its own.

    One caller at a time. `on_log` gets every line of the broker's log, in that thread.
    """

    def __init__(
        self, url: str, folder: Folder, on_log: Callable[[str], None], *, timeout_s: float = 2.0
    ) -> None:
        self._timeout_s, self._on_log = timeout_s, on_log
        self._answers: queue.Queue[Any] = queue.Queue()
        self._ready = threading.Event()
        self._numbers = itertools.count(1)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"{SERVICE}-{uuid4().hex[:8]}")
        self._client.reconnect_delay_set(1, 5)
        self._client.on_connect, self._client.on_disconnect = self._connected, self._disconnected
        self._client.on_socket_open = _no_delay
        self._client.on_subscribe, self._client.on_message = self._subscribed, self._received
        address = urlsplit(url)
        if address.scheme == "mqtts":
            self._client.tls_set_context(_tls(folder))
        self._client.connect_async(address.hostname or "127.0.0.1", address.port or 8883)
        self._client.loop_start()

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait until the broker can be asked; False where it can't within the time."""
        return self._ready.wait(timeout_s)

    def run(self, commands: Sequence[Command]) -> None:
        """Run commands in one request; returns once all are done or were so already. Retryable where the broker doesn't answer."""
        if not self._ready.wait(self._timeout_s):
            raise Retryable("no connection to the MQTT broker")
        while not self._answers.empty():
            self._answers.get_nowait()
        number = str(next(self._numbers))
        self._client.publish(CONTROL_TOPIC, _request(commands, number), qos=1)
        for response in self._answer(number):
            error = response.get("error")
            if error and error not in ALREADY:
                raise Retryable(f"the MQTT broker refuses {response.get('command')}: {error}")

    def tell(self, commands: Sequence[Command]) -> None:
        """Run commands without waiting for the answer; may be called from `on_log`."""
        self._client.publish(CONTROL_TOPIC, _request(commands, "0"), qos=1)

    def wake(self) -> None:
        """Give the broker something to do at once; it handles a signal only after the next message, or up to 100 ms later."""
        self.tell([])

    def close(self) -> None:
        """End the connection and its thread; nothing may be called afterwards."""
        self._client.disconnect()
        self._client.loop_stop()
        # Its callbacks refer to this object: without this the client, and its sockets, would live until the collector comes.
        del self._client

    def _answer(self, number: str) -> list[Any]:
        while True:
            try:
                responses = self._answers.get(timeout=self._timeout_s)
            except queue.Empty:
                raise Retryable(f"the MQTT broker gave no answer within {self._timeout_s:g} s") from None
            if any(response.get("correlationData") == number for response in responses):
                return list(responses)

    def _connected(
        self, client: mqtt.Client, _userdata: object, _flags: object, code: Any, _properties: object
    ) -> None:
        if not code.is_failure:
            client.subscribe([(RESPONSE_TOPIC, 1), (LOG_TOPIC, 1)])

    def _subscribed(self, *_: object) -> None:
        self._ready.set()

    def _disconnected(self, *_: object) -> None:
        self._ready.clear()

    def _received(self, _client: object, _userdata: object, message: mqtt.MQTTMessage) -> None:
        if message.topic.startswith(LOG_PREFIX):
            self._on_log(message.payload.decode("utf-8", "replace"))
        else:
            self._answers.put(json.loads(message.payload)["responses"])


def _no_delay(_client: object, _userdata: object, connection: Any) -> None:
    # Two small packets in a row would wait 40 ms for the other side's delayed acknowledgement (Nagle's algorithm).
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _request(commands: Sequence[Command], number: str) -> str:
    return json.dumps({"commands": [{**command, "correlationData": number} for command in commands]})


def _tls(folder: Folder) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(folder.ca_certificate))
        context.load_cert_chain(folder.certificate(SERVICE, "service"), folder.key(SERVICE, "service"))
    except OSError as error:
        raise Fatal(
            f"the certificate of `{SERVICE}` in {folder.root} can't be used ({error}): run `python -m infra.pki init`"
        ) from None
    return context

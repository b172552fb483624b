"""Letting devices in on a running broker, with the certificate of `admin`."""

from __future__ import annotations

import json
import queue
import ssl
import time
from collections.abc import Iterable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from schemas.errors import Fatal, Retryable
from schemas.mqtt import ALREADY, CONTROL_TOPIC, RESPONSE_TOPIC, admit
from schemas.pki import Folder

BATCH = 100


def enroll(folder: Folder, port: int, devices: Iterable[str], timeout_s: float = 30.0) -> None:
    """Let devices in that were issued a certificate since the broker started; those already in are left as they are.

    Retryable where the broker doesn't answer in `timeout_s`, Fatal where it refuses.
    """
    client, answers = _connect(folder, port, timeout_s)
    deadline = time.monotonic() + timeout_s
    try:
        commands = [command for device in devices for command in admit(device)]
        for start in range(0, len(commands), BATCH):
            client.publish(CONTROL_TOPIC, json.dumps({"commands": commands[start : start + BATCH]}), 1)
            _check(_next(answers, deadline))
    finally:
        client.disconnect()
        client.loop_stop()


def _connect(folder: Folder, port: int, timeout_s: float) -> tuple[mqtt.Client, queue.Queue[Any]]:
    answers: queue.Queue[Any] = queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    context = ssl.create_default_context(cafile=str(folder.ca_certificate))
    context.load_cert_chain(folder.certificate("admin", "service"), folder.key("admin", "service"))
    client.tls_set_context(context)
    client.on_message = lambda _client, _userdata, message: answers.put(json.loads(message.payload))
    client.on_connect = _subscribe
    client.on_subscribe = lambda *_: answers.put("subscribed")
    try:
        client.connect("127.0.0.1", port)
    except OSError as error:
        raise Retryable(f"no MQTT broker answers on 127.0.0.1:{port}: {error}") from None
    client.loop_start()
    _next(answers, time.monotonic() + timeout_s)
    return client, answers


def _subscribe(client: mqtt.Client, *_: Any) -> None:
    client.subscribe(RESPONSE_TOPIC, 1)


def _next(answers: queue.Queue[Any], deadline: float) -> Any:
    try:
        return answers.get(timeout=max(deadline - time.monotonic(), 0.01))
    except queue.Empty:
        raise Retryable("the MQTT broker does not answer") from None


def _check(answer: Any) -> None:
    for response in answer["responses"]:
        error = response.get("error")
        if error and error not in ALREADY:
            raise Fatal(f"the MQTT broker refuses {response['command']}: {error}")

"""The whole fleet's way to a running Vedette: MQTT sessions, HTTPS connections, gateways into Kafka, behind one door."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, Literal

from infra.simulator import message
from infra.simulator.fleet import Device, Fleet
from infra.simulator.gateway import Gateway
from infra.simulator.https import Connections, connect
from infra.simulator.journal import Journal, Sent
from infra.simulator.session import Session
from schemas.errors import Retryable
from schemas.event import Event
from schemas.pki import Folder
from schemas.security import NetworkFlowClosed
from schemas.settings import Settings

# A device, when its connection was over (seconds since 1970), and what the sensor saw of it.
Flow = tuple[Device, float, NetworkFlowClosed]
Kind = Literal["telemetry", "events"]
CONNECT_S = 30.0


class Uplink:
    """Sends what devices say over the way each device uses, and keeps the journal of it. One thread may report; any may send events."""

    def __init__(
        self, settings: Settings, fleet: Fleet, journal: Journal, clock: Callable[[], float] = time.time
    ) -> None:
        folder = Folder(settings.pki)
        self.journal, self.clock = journal, clock
        self._url = settings.mqtt_url
        self._numbers = count(1)
        self.gateway = Gateway(settings.kafka_bootstrap, journal)
        edge = f"https://127.0.0.1:{settings.ingest_port}"
        self.https = Connections(partial(connect, edge, folder), fleet.over("http"), journal)
        self.sessions = {
            device.index: Session(folder, device.identity, device.address, clock)
            for device in fleet.over("mqtt")
        }

    def open(self, stop: threading.Event) -> None:
        """Connect every MQTT device, or return early once `stop` is set.

        Retryable names the first device that the broker has not let in within half a minute.
        """
        for session in self.sessions.values():
            session.open(self._url)
        deadline = time.monotonic() + CONNECT_S
        for session in self.sessions.values():
            while not session.wait(0.2) and not stop.is_set():
                if time.monotonic() > deadline:
                    raise Retryable(
                        f"the MQTT broker at {self._url} does not let {session.identity} in: is it down, did it start "
                        "before `prepare`, or is the credential cut off since an earlier run?"
                    )

    def report(self, reports: Sequence[tuple[Device, dict[str, Any]]]) -> None:
        """Send one telemetry object of each of these devices; a site's gateway puts those of its devices in one record."""
        batches: dict[str, list[tuple[Device, dict[str, Any]]]] = defaultdict(list)
        for device, report in reports:
            if device.transport == "kafka":
                batches[gateway_of(device)].append((device, report))
            else:
                self.send(device, "telemetry", message.encode(report), _sent(device, report))
        for gateway, batch in batches.items():
            places = self.journal.add([_sent(device, report) for device, report in batch])
            self.gateway.send(gateway, message.encode_lines([report for _, report in batch]), places)

    def event(self, device: Device, data: Event) -> float:
        """Send one security event of a device over its own way; returns the time it was sent."""
        now = self.clock()
        event = f"{device.name}-{int(now * 1000)}-{next(self._numbers)}"
        sent = Sent(device.transport, "event", device.tenant, device.name, event)
        self.send(device, "events", message.encode(message.cloud_event(device, event, now, data)), sent)
        return now

    def flows(self, flows: Sequence[Flow]) -> None:
        """Send closed connections, whatever their devices' own way: a site's gateway saw them, and puts those it saw in one record."""
        batches: dict[str, list[tuple[Sent, dict[str, Any]]]] = defaultdict(list)
        for device, time_s, data in flows:
            event = f"{device.name}-flow-{next(self._numbers)}-{int(time_s * 1000)}"
            sent = Sent("kafka", "event", device.tenant, device.name, event)
            batches[gateway_of(device)].append((sent, message.cloud_event(device, event, time_s, data)))
        for gateway, batch in batches.items():
            places = self.journal.add([sent for sent, _ in batch])
            self.gateway.send(gateway, message.encode_lines([said for _, said in batch]), places)

    def send(
        self, device: Device, kind: Kind, payload: bytes, sent: Sent, *, to: Device | None = None
    ) -> None:
        """Send bytes over a device's own way; without a session it sends nothing. `to` names whose MQTT topic, if not its own."""
        session = self.sessions.get(device.index)
        if session is not None and not session.connected:
            return
        places = self.journal.add([sent])
        if session is not None:
            session.send(f"v1/{(to or device).identity}/{kind}", payload, places)
        elif device.transport == "http":
            self.https.send(device, f"/v1/{kind}", payload, places)
        else:
            self.gateway.send(gateway_of(device), payload, places)

    def sweep(self) -> int:
        """Note what the MQTT broker has acknowledged meanwhile; returns how many messages still wait."""
        return sum(session.settle(self.journal) for session in self.sessions.values())

    def flush(self, timeout_s: float = 15.0) -> None:
        """Wait until what was sent is acknowledged, as far as it ever will be within the time."""
        deadline = time.monotonic() + timeout_s
        self.gateway.flush(timeout_s)
        self.https.drain(max(deadline - time.monotonic(), 0.1))
        while self.sweep() and time.monotonic() < deadline:
            time.sleep(0.05)

    def close(self) -> None:
        """Hang up everywhere."""
        for session in self.sessions.values():
            session.close()
        self.https.close()
        self.gateway.flush(5.0)


def gateway_of(device: Device) -> str:
    """The gateway of a device: one a tenant and site."""
    return f"{device.tenant}-{device.site}"


def _sent(device: Device, report: dict[str, Any]) -> Sent:
    return Sent(device.transport, "telemetry", device.tenant, device.name, report["id"])

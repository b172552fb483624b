"""Devices that talk HTTPS: one kept connection with its own client certificate each, requests made by a few threads."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import httpx

from infra.simulator.fleet import Device
from infra.simulator.journal import Journal
from schemas.pki import Folder

THREADS = 4
TIMEOUT_S = 10.0


class Connections:
    """The HTTPS connections of some devices to the edge.

    Any answer but "try again" (5xx, 408, 429) means that the edge took responsibility for the message, also where it refuses the content.
    """

    def __init__(
        self, connect: Callable[[Device], httpx.Client], devices: Sequence[Device], journal: Journal
    ) -> None:
        self._journal = journal
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="https")
        self._clients = {device.index: connect(device) for device in devices}
        self._running: set[Future[None]] = set()
        self.failures = 0

    def send(self, device: Device, path: str, payload: bytes, places: Sequence[int]) -> None:
        """Post one message to `/v1/telemetry` or `/v1/events`, later, in another thread."""
        self._running = {future for future in self._running if not future.done()}
        self._running.add(self._pool.submit(self._post, device, path, payload, places))

    def close(self, timeout_s: float = 10.0) -> None:
        """Wait for what is under way, then hang up."""
        self.drain(timeout_s)
        self._pool.shutdown(wait=False, cancel_futures=True)
        for client in self._clients.values():
            client.close()

    def drain(self, timeout_s: float = 10.0) -> None:
        """Wait for what is under way."""
        wait(list(self._running), timeout_s)

    def _post(self, device: Device, path: str, payload: bytes, places: Sequence[int]) -> None:
        kind = "application/cloudevents+json" if path.endswith("events") else "application/json"
        try:
            answer = self._clients[device.index].post(path, content=payload, headers={"content-type": kind})
        except httpx.HTTPError:
            self.failures += 1
            return
        if answer.status_code < 500 and answer.status_code not in (408, 429):
            self._journal.acknowledge(places)
        else:
            self.failures += 1


def connect(base_url: str, folder: Folder, device: Device) -> httpx.Client:
    """A device's connection to the edge at `base_url`, with its certificate, from its own source address; opened at first use."""
    context = ssl.create_default_context(cafile=str(folder.ca_certificate))
    context.load_cert_chain(
        folder.certificate(device.identity, "device"), folder.key(device.identity, "device")
    )
    transport = httpx.HTTPTransport(verify=context, local_address=device.address)
    return httpx.Client(base_url=base_url, transport=transport, timeout=TIMEOUT_S, trust_env=False)

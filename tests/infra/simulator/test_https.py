"""Devices over HTTPS: what counts as taken by the edge and what doesn't."""

from __future__ import annotations

from functools import partial

import httpx
import pytest

from infra.simulator.fleet import Device, make
from infra.simulator.https import Connections
from infra.simulator.journal import Journal, Sent

DEVICES = make(7).over("http")[:3]


def _connect(answer: int | None, device: Device) -> httpx.Client:
    def respond(request: httpx.Request) -> httpx.Response:
        if answer is None:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(answer)

    return httpx.Client(base_url="https://edge", transport=httpx.MockTransport(respond))


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        (200, True),
        (202, True),
        (413, True),
        (422, True),
        (408, False),
        (429, False),
        (500, False),
        (503, False),
        (None, False),
    ],
)
def test_the_edge_has_what_it_answered_for(answer: int | None, taken: bool) -> None:
    journal = Journal()
    connections = Connections(partial(_connect, answer), DEVICES, journal)
    for device in DEVICES:
        places = journal.add([Sent("http", "telemetry", device.tenant, device.name, "r-1")])
        connections.send(device, "/v1/telemetry", b"{}", places)
    connections.close()
    assert journal.unacknowledged == (0 if taken else 3)
    assert connections.failures == (0 if taken else 3)

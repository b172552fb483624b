"""What the sensors at the sites report: events the edge accepts, and a story that detection finds by them alone, for every seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import cast

import msgspec
import pytest

from detectors.flows.detector import Flows
from infra.simulator import message
from infra.simulator.attack import PROBE_S, PROBES
from infra.simulator.connections import SERVICES
from infra.simulator.fleet import Device, make
from infra.simulator.live import PERIOD_S, TURNS
from infra.simulator.sensor import EVERY_S, REMEMBERED, Sensor
from infra.simulator.uplink import Flow, Uplink
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from schemas.security import NetworkFlowClosed
from schemas.topics import PARTITIONS
from streams.ingest.cloud_event import parse_event
from streams.log.partition import partition_of
from tests.streams.ingest.sample import EARLY_US, NOW_US, unit

STORY_S, FROM_S = 120.0, 46.0


class Wire:
    """Stands for the way to Kafka: keeps what was sent, and has a clock that the test turns."""

    def __init__(self) -> None:
        self.now_s = NOW_US / 1e6 - STORY_S
        self.sent: list[Flow] = []

    def clock(self) -> float:
        return self.now_s

    def flows(self, flows: list[Flow]) -> None:
        self.sent += flows


def told(seed: int) -> tuple[Device, list[Flow]]:
    """The scanning device, and all connections of a story."""
    fleet, wire = make(seed), Wire()
    sensor, culprit, began_s = Sensor(fleet, cast(Uplink, wire)), fleet.role("h"), wire.now_s
    sensor.remember(began_s, 48.0)
    probed = 0
    for turn in range(int(STORY_S / PERIOD_S * TURNS)):
        wire.now_s = began_s + turn * PERIOD_S / TURNS
        sensor.watch(fleet.devices[turn % TURNS :: TURNS], PERIOD_S)
        while probed < PROBES and wire.now_s - began_s >= FROM_S + PROBE_S * probed:
            sensor.probe(culprit)
            probed += 1
    return culprit, wire.sent


def accepted(flows: list[Flow]) -> Iterator[Envelope]:
    """The events the edge makes of them, with peers as different for each device as sealed ones are."""
    for place, (device, time_s, data) in enumerate(flows):
        raw = message.encode(message.cloud_event(device, f"flow-{place}", time_s, data))
        event = parse_event(unit(raw), EARLY_US)
        assert event.data == data
        sealed = msgspec.structs.replace(data, peer=f"{device.identity}/{data.peer}")
        yield msgspec.structs.replace(event, data=sealed)


@pytest.mark.parametrize("seed", [7, *range(100, 106)])
def test_the_scan_is_found_soon_on_its_device_and_nothing_on_any_other(seed: int) -> None:
    culprit, flows = told(seed)
    partitions = [Flows() for _ in range(PARTITIONS)]
    found, probes = [], 0
    for event in accepted(flows):
        assert isinstance(event.data, NetworkFlowClosed)
        probes += event.data.port == 23
        partition = partition_of(f"{event.tenant}/{event.subject}".encode(), PARTITIONS)
        found += [(probes, one) for one in partitions[partition].observe(event, "")]
    assert [(one.tenant, one.subject) for _, one in found] == [(culprit.tenant, culprit.name)]
    ((after, finding),) = found
    assert 1 <= after <= 15
    assert isinstance(finding.data, DetectionRaised)
    assert finding.data.kind.startswith("flow.unusual")


def test_the_history_is_in_order_and_of_all_devices() -> None:
    _, flows = told(7)
    history = flows[: REMEMBERED * 300]
    times = [time_s for _, time_s, _ in history]
    assert times == sorted(times)
    assert len({device.index for device, _, _ in history}) == 300
    assert all(data.port in {one.port for one in SERVICES[device.model]} for device, _, data in history)


def test_live_devices_have_a_connection_now_and_then() -> None:
    culprit, flows = told(7)
    live = [one for one in flows[REMEMBERED * 300 :] if one[2].port != 23]
    wanted = 300 * STORY_S / EVERY_S
    assert 0.9 * wanted < len(live) < 1.1 * wanted
    assert Counter(device.index for device, _, _ in live)[culprit.index] > 0

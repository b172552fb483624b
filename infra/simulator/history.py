"""What the fleet reported before the story begins: two days at five-minute spacing, handed to Kafka by the gateways, quickly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from infra.simulator import message
from infra.simulator.behaviour import Behaviour
from infra.simulator.fleet import Device, Fleet
from infra.simulator.journal import Sent
from infra.simulator.uplink import Uplink, gateway_of
from schemas.security import DeviceProvisioned

SPACING_S = 300.0
STEPS_A_RECORD = 8


def report_id(device: Device, time_s: float) -> str:
    """The id a device gives a report: its name and the report's time in microseconds."""
    return f"{device.name}-{round(time_s * 1_000_000)}"


def times(until_s: float, hours: float, spacing_s: float = SPACING_S) -> list[float]:
    """When the fleet reported, ascending, the last one less than a spacing before `until_s`."""
    last = until_s - until_s % spacing_s
    steps = max(int(hours * 3600 / spacing_s), 1)
    return [last - spacing_s * back for back in range(steps - 1, -1, -1)]


def reports(
    fleet: Fleet, behaviour: Behaviour, until_s: float, hours: float
) -> Iterator[list[tuple[Device, dict[str, Any]]]]:
    """For each moment of the history, in order, what every device that got through reported then."""
    for time_s in times(until_s, hours):
        # The signal model's row of a device is a column here, as plain numbers.
        columns = behaviour.at(time_s, until_s).T.tolist()
        sends = behaviour.sends(time_s)
        yield [
            (device, message.telemetry(device, report_id(device, time_s), time_s, columns[device.index]))
            for device in fleet.devices
            if sends[device.index]
        ]


def recorded(behaviour: Behaviour, device: Device, until_s: float, hours: float) -> dict[str, Any]:
    """The oldest report of a device in the history, exactly as it was sent."""
    time_s = next(time_s for time_s in times(until_s, hours) if behaviour.sends(time_s)[device.index])
    values = behaviour.at(time_s, until_s).T.tolist()[device.index]
    return message.telemetry(device, report_id(device, time_s), time_s, values)


def provision(uplink: Uplink, fleet: Fleet, serials: dict[str, str], time_s: float) -> None:
    """Say for every device, through its gateway, that it entered the fleet at `time_s` with which certificate."""
    for device in fleet.devices:
        data = DeviceProvisioned(
            model=device.model,
            site=device.site,
            firmware=device.firmware,
            credential=serials.get(device.identity, ""),
        )
        event = f"{device.name}-provisioned-{round(time_s)}"
        places = uplink.journal.add([Sent("kafka", "event", device.tenant, device.name, event)])
        payload = message.encode(message.cloud_event(device, event, time_s, data))
        uplink.gateway.send(gateway_of(device), payload, places)


def fill(uplink: Uplink, fleet: Fleet, behaviour: Behaviour, until_s: float, hours: float) -> int:
    """Send the history through the gateways, some moments in one record; returns how many reports were sent."""
    batches: dict[str, list[tuple[Device, dict[str, Any]]]] = defaultdict(list)
    sent = 0
    for step, moment in enumerate(reports(fleet, behaviour, until_s, hours), start=1):
        sent += len(moment)
        for device, report in moment:
            batches[gateway_of(device)].append((device, report))
        if step % STEPS_A_RECORD == 0:
            _send(uplink, batches)
    _send(uplink, batches)
    return sent


def _send(uplink: Uplink, batches: dict[str, list[tuple[Device, dict[str, Any]]]]) -> None:
    for gateway, batch in batches.items():
        rows = [Sent("kafka", "telemetry", d.tenant, d.name, report["id"]) for d, report in batch]
        payload = message.encode_lines([report for _, report in batch])
        uplink.gateway.send(gateway, payload, uplink.journal.add(rows))
    batches.clear()

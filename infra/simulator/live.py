"""The fleet living in real time: every device reports about every two seconds, whatever befalls it, until told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from infra.simulator import message
from infra.simulator.agenda import Agenda
from infra.simulator.behaviour import Behaviour
from infra.simulator.condition import Condition
from infra.simulator.fleet import Device, Fleet
from infra.simulator.history import report_id
from infra.simulator.sensor import Sensor
from infra.simulator.uplink import Uplink

PERIOD_S = 2.0
TURNS = 10


class Live:
    """The live loop of one fleet. A turn is a tenth of the period; in each, every tenth device reports, and its connections are."""

    def __init__(
        self,
        fleet: Fleet,
        behaviour: Behaviour,
        condition: Condition,
        uplink: Uplink,
        sensor: Sensor,
        origin_s: float,
    ) -> None:
        self._fleet, self._behaviour, self._condition, self._uplink = fleet, behaviour, condition, uplink
        self._sensor, self._origin_s = sensor, origin_s

    def run(self, agenda: Agenda, duration_s: float, stop: threading.Event) -> None:
        """Live for `duration_s` or until `stop` is set, doing what the agenda says; late turns are caught up with, not skipped."""
        began, turn = time.monotonic(), 0
        while (elapsed_s := time.monotonic() - began) < duration_s and not stop.is_set():
            agenda.run(elapsed_s)
            devices = self._fleet.devices[turn % TURNS :: TURNS]
            self.report(devices)
            self._sensor.watch([one for one in devices if not self._condition.silent[one.index]], PERIOD_S)
            self._uplink.sweep()
            turn += 1
            stop.wait(max(began + turn * PERIOD_S / TURNS - time.monotonic(), 0))

    def report(self, devices: Sequence[Device], *, surely: bool = False) -> None:
        """Send what these devices measure now; lost, sleeping and hanging ones send nothing unless `surely`."""
        now = self._uplink.clock()
        values = self.values(now)
        sends = self._behaviour.sends(now) & ~self._condition.silent
        self._uplink.report(
            [
                (device, self._telemetry(device, now, values[device.index]))
                for device in devices
                if surely or sends[device.index]
            ]
        )

    def telemetry(self, device: Device) -> dict[str, object]:
        """What one device would report now, without sending it."""
        now = self._uplink.clock()
        return self._telemetry(device, now, self.values(now)[device.index])

    def values(self, time_s: float) -> list[list[float]]:
        """What every device measures: a row a device, in the order of METRICS."""
        healthy = self._behaviour.at(time_s, self._origin_s)
        rows: list[list[float]] = self._condition.apply(healthy, time_s).T.tolist()
        return rows

    def _telemetry(self, device: Device, time_s: float, values: Sequence[float]) -> dict[str, object]:
        firmware = self._condition.firmware[device.index]
        return message.telemetry(device, report_id(device, time_s), time_s, values, firmware)

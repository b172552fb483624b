"""The sensor at each site's gateway: it watches its devices' connections and reports those that are over, many in one record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infra.simulator.connections import connection, probe
from infra.simulator.fleet import Device, Fleet
from infra.simulator.uplink import Flow, Uplink

# Connections of each device in the history; the mean time between two of a live one.
REMEMBERED = 24
EVERY_S = 20.0
FLOWS_A_RECORD = 100


class Sensor:
    """Reports healthy connections of the fleet and probes of single devices; equal seeds draw the same. Not for several threads."""

    def __init__(self, fleet: Fleet, uplink: Uplink) -> None:
        self._fleet, self._uplink = fleet, uplink
        self._random = np.random.default_rng([fleet.seed, 4])

    def remember(self, until_s: float, hours: float) -> int:
        """Report the connections of the history, oldest first; returns how many."""
        count = REMEMBERED * len(self._fleet)
        times = np.sort(self._random.uniform(until_s - hours * 3600, until_s, count)).tolist()
        whose = self._random.integers(0, len(self._fleet), count)
        flows = [self._flow(self._fleet.devices[one], at) for one, at in zip(whose, times, strict=True)]
        for start in range(0, count, FLOWS_A_RECORD):
            self._uplink.flows(flows[start : start + FLOWS_A_RECORD])
        return count

    def watch(self, devices: Sequence[Device], passed_s: float) -> None:
        """Report what these devices' connections of the last `passed_s` seconds were."""
        now = self._uplink.clock()
        busy = self._random.random(len(devices)) < passed_s / EVERY_S
        self._uplink.flows(
            [self._flow(device, now) for device, one in zip(devices, busy, strict=True) if one]
        )

    def probe(self, device: Device) -> float:
        """Report that a device tried to reach a telnet server; returns when."""
        now = self._uplink.clock()
        self._uplink.flows([(device, now, probe(self._random))])
        return now

    def _flow(self, device: Device, time_s: float) -> Flow:
        return device, time_s, connection(device, self._random)

"""How devices differ from healthy ones at the moment: firmware, reboots, silence, exfiltration, a failing sensor."""

from __future__ import annotations

import numpy as np

from infra.simulator.behaviour import METRICS, Array, Behaviour
from infra.simulator.fleet import Device, Fleet

ROW = {name: row for row, name in enumerate(METRICS)}
EXFILTRATION = 50.0
# A sensor at the end of its drift: this share of its level too high, with noise of this share of it.
DRIFT, DRIFT_NOISE = 0.25, 0.1


class Condition:
    """What befell the devices so far; changed by the story, read by whoever makes the next reports."""

    def __init__(self, fleet: Fleet, behaviour: Behaviour) -> None:
        self.firmware = [device.firmware for device in fleet.devices]
        self.silent = np.zeros(len(fleet), bool)
        self._behaviour = behaviour
        self._reboots = np.zeros(len(fleet))
        self._rebooted_s = np.full(len(fleet), np.nan)
        self._stolen = np.ones(len(fleet))
        self._drift_since_s = np.full(len(fleet), np.inf)
        self._drift_s = 1.0

    def reboot(self, device: Device, time_s: float) -> None:
        """The device starts anew."""
        self._reboots[device.index] += 1
        self._rebooted_s[device.index] = time_s

    def exfiltrate(self, device: Device) -> None:
        """The device sends somebody else's data out."""
        self._stolen[device.index] = EXFILTRATION

    def drift(self, device: Device, time_s: float, over_s: float) -> None:
        """From now on the device's temperature sensor goes wrong, fully so after `over_s`."""
        self._drift_since_s[device.index] = time_s
        self._drift_s = over_s

    def apply(self, values: Array, time_s: float) -> Array:
        """Healthy values (metrics, devices) as these devices would report them now."""
        changed = values.copy()
        changed[ROW["boot_count"]] += self._reboots
        rebooted = ~np.isnan(self._rebooted_s)
        uptime = np.floor(time_s - self._rebooted_s)
        changed[ROW["uptime_s"]] = np.where(rebooted, uptime.clip(min=0), changed[ROW["uptime_s"]])
        changed[ROW["tx_kbps"]] *= self._stolen
        progress = ((time_s - self._drift_since_s) / self._drift_s).clip(0, 1)
        wrong = progress * (DRIFT + DRIFT_NOISE * self._behaviour.jitter(time_s))
        changed[ROW["temperature_c"]] *= 1 + wrong
        return changed

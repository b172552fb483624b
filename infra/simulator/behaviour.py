"""What healthy devices measure: a pure function of seed and time, in columns over all devices of the fleet.

    value = level x (1 + daily rhythm of the site's local time) + slow wander + noise

Noise depends on (seed, tick) only, through a counter-based generator (Philox; Salmon et al., "Parallel random numbers: as easy as
1, 2, 3", SC 2011), so any moment can be computed without the moments before it. A tick is `TICK_S` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.simulator.fleet import Fleet

Array = npt.NDArray[np.float64]
METRICS = (
    "temperature_c",
    "cpu_pct",
    "memory_mb",
    "tx_kbps",
    "rx_kbps",
    "battery_pct",
    "boot_count",
    "uptime_s",
)
TICK_S = 0.5
DAY_S = 86_400.0
ZONE_S = {"berlin": 3600.0, "osaka": 32_400.0, "tucson": -25_200.0}
LOSS = 0.02
SLEEP_S, NAP_S = 600.0, 120.0


@dataclass(frozen=True, slots=True)
class Model:
    """What is normal for a device model: level, daily swing (share of the level) and noise (share of the level) of each metric."""

    temperature_c: float
    cpu_pct: float
    memory_mb: float
    tx_kbps: float
    rx_kbps: float
    swing: float
    battery: bool


MODELS = {
    "camera": Model(44.0, 38.0, 310.0, 900.0, 40.0, 0.20, battery=False),
    "pump": Model(58.0, 12.0, 96.0, 14.0, 6.0, 0.12, battery=False),
    "thermostat": Model(24.0, 6.0, 48.0, 3.0, 2.0, 0.10, battery=True),
    "meter": Model(31.0, 4.0, 32.0, 1.5, 0.8, 0.15, battery=True),
}
# Share of the level: (daily swing relative to the model's, slow wander, noise).
SHAPE = {
    "temperature_c": (0.5, 0.01, 0.008),
    "cpu_pct": (1.0, 0.03, 0.06),
    "memory_mb": (0.2, 0.02, 0.01),
    "tx_kbps": (1.2, 0.04, 0.07),
    "rx_kbps": (1.2, 0.04, 0.07),
}
MOST = {"temperature_c": 95.0, "cpu_pct": 100.0, "memory_mb": 512.0, "tx_kbps": 1e5, "rx_kbps": 1e5}


class Behaviour:
    """The signal model of one fleet; holds only what the seed decides, so it may be asked for any time in any order."""

    def __init__(self, fleet: Fleet) -> None:
        self._seed = fleet.seed
        self._size = len(fleet)
        random = np.random.default_rng([fleet.seed, 2])
        models = [MODELS[device.model] for device in fleet.devices]
        spread = random.normal(1.0, 0.06, (len(SHAPE), self._size)).clip(0.8, 1.2)
        self._level = np.array([[getattr(m, name) for m in models] for name in SHAPE]) * spread
        self._swing = np.array([m.swing for m in models])
        self._zone_s = np.array([ZONE_S[device.site] for device in fleet.devices])
        self._phase = random.uniform(0, 2 * np.pi, (len(SHAPE), self._size))
        self._period_s = random.uniform(1.5, 5.0, (len(SHAPE), self._size)) * 3600
        self._battery = np.where([m.battery for m in models], random.uniform(55, 80, self._size), np.nan)
        self._boots = random.integers(1, 40, self._size).astype(np.float64)
        self._booted_s = -random.uniform(3 * DAY_S, 90 * DAY_S, self._size)
        self._sleeps = np.array([device.sleeps for device in fleet.devices])
        self._nap_s = random.uniform(0, SLEEP_S, self._size)

    def at(self, time_s: float, origin_s: float) -> Array:
        """Every metric of every device at a time (seconds since 1970), shape (metrics, devices), NaN where a device has none.

        `origin_s` is the moment uptimes are counted from; the same for all calls of a run.
        """
        noise = self._noise(time_s)
        day = 2 * np.pi * (time_s + self._zone_s) / DAY_S
        # Lowest at four in the morning, local time.
        rhythm = -np.cos(day - 2 * np.pi * 4 / 24)
        rows = [self._metric(row, name, time_s, rhythm, noise[row]) for row, name in enumerate(SHAPE)]
        battery = self._battery + 12 * rhythm + 0.3 * noise[len(SHAPE)]
        uptime = np.floor(time_s - origin_s - self._booted_s)
        return np.stack([*rows, battery.clip(0, 100), self._boots, uptime])

    def sends(self, time_s: float) -> npt.NDArray[np.bool_]:
        """Which devices' reports at this time get out: not lost on the way, not sleeping; shape (devices,)."""
        lost = self._generator(time_s, 1).random(self._size) < LOSS
        asleep = self._sleeps & ((time_s + self._nap_s) % SLEEP_S < NAP_S)
        return ~(lost | asleep)

    def jitter(self, time_s: float) -> Array:
        """Further standard normal noise, one number a device, for what is wrong with a device; shape (devices,)."""
        return self._generator(time_s, 2).standard_normal(self._size)

    def _metric(self, row: int, name: str, time_s: float, rhythm: Array, noise: Array) -> Array:
        swing, wander, sigma = SHAPE[name]
        slow = np.sin(2 * np.pi * time_s / self._period_s[row] + self._phase[row])
        shape = 1 + swing * self._swing * rhythm + wander * slow + sigma * noise
        return np.asarray((self._level[row] * shape).clip(0.0, MOST[name]))

    def _noise(self, time_s: float) -> Array:
        return self._generator(time_s, 0).standard_normal((len(SHAPE) + 1, self._size))

    def _generator(self, time_s: float, stream: int) -> np.random.Generator:
        tick = int(time_s / TICK_S)
        return np.random.Generator(np.random.Philox(key=self._seed, counter=[0, tick, stream, 0]))

"""What healthy devices measure: sixteen metrics of nine kinds, in columns over a day's reports.

Slow movements are sums of sines with periods of their own per device and metric, so any moment can be computed alone; only noise is drawn,
from (seed, day, metric). NaN where a device has no such metric or this report lacks it.
"""

from __future__ import annotations

import numpy as np

from infra.simulator.behaviour import DAY_S, MODELS
from tests.bench.quality.fleet.population import MODEL_NAMES, Floats, Ints, Population
from tests.bench.quality.fleet.schedule import Times

KINDS = {
    "temperature_c": "rhythm",
    "cpu_pct": "rhythm",
    "memory_mb": "sawtooth",
    "tx_kbps": "heavy tail",
    "rx_kbps": "heavy tail",
    "battery_pct": "quantised",
    "signal_dbm": "quantised",
    "supply_v": "quantised",
    "current_a": "two states",
    "queue_depth": "sparse",
    "disk_pct": "slow",
    "channels": "constant",
    "setpoint_c": "schedule",
    "boot_count": "counter",
    "uptime_s": "counter",
    "errors_total": "counter",
}
METRICS = tuple(KINDS)
ROW = {name: row for row, name in enumerate(METRICS)}
MISSING_SHARE = 0.005
# Now and then somebody looks at a camera or a job runs: one report several times as high.
BURST_SHARE = 0.0005
BOOT_BUSY_S = 600.0
YEAR_S = 365 * DAY_S


class Signal:
    """The healthy fleet's metrics; holds what the seed decides."""

    def __init__(self, population: Population) -> None:
        self._population = population
        devices = len(population)
        random = np.random.default_rng([population.seed, 4])
        models = [MODELS[MODEL_NAMES[one]] for one in population.model]
        self._model = {
            name: np.array([getattr(model, name) for model in models])
            * random.normal(1.0, 0.06, devices).clip(0.8, 1.2)
            for name in ("temperature_c", "cpu_pct", "memory_mb", "tx_kbps", "rx_kbps")
        }
        self._swing = np.array([model.swing for model in models])
        self._battery = np.array([model.battery for model in models])
        self._phase = random.uniform(0, 2 * np.pi, (len(METRICS), devices, 2))
        self._period_s = np.stack(
            [
                random.uniform(3, 20, (len(METRICS), devices)) * 3600,
                random.uniform(2, 9, (len(METRICS), devices)) * DAY_S,
            ],
            axis=2,
        )
        self._place = random.random((len(METRICS), devices))
        self._weather = random.uniform(0, 2 * np.pi, (3, 3))
        self._blind = random.random((len(METRICS), devices)) < 0.03

    def values(self, day: int, times: Times) -> Floats:
        """Every metric of these reports, shape (metrics, reports)."""
        now = Moment(self, self._population, day, times)
        values = np.stack([getattr(now, name)() for name in METRICS])
        random = np.random.default_rng([self._population.seed, 5, day])
        values[random.random(values.shape, np.float32) < MISSING_SHARE] = np.nan
        blind = self._blind[ROW["signal_dbm"]][times.device]
        values[ROW["signal_dbm"], blind] = np.nan
        return values


class Moment:
    """One day's reports while their metrics are computed: each method is the metric of its name."""

    def __init__(self, signal: Signal, population: Population, day: int, times: Times) -> None:
        self._signal, self._population, self._day = signal, population, day
        self._device, self._time_s = times.device, times.time_s
        local = population.local_s(times.device, times.time_s)
        self._hour = local % DAY_S / 3600
        self._weekend = np.floor(local / DAY_S) % 7 >= 5
        # Lowest at four in the morning, local time.
        self._daily = -np.cos(2 * np.pi * (self._hour - 4) / 24)
        self._busy = self._daily - 0.8 * self._weekend
        self._swing = signal._swing[times.device]
        self._age_s, self._boots = population.since_boot_s(times.device, times.time_s)
        new = times.time_s >= population.upgraded_s[times.device]
        self._shift = np.where(new, population.shift[:, times.device], 1.0)
        self._warmer_c = np.where(new, population.warmer_c[times.device], 0.0)
        self._starting = self._age_s < BOOT_BUSY_S
        # Backups and uploads, half an hour a night, each device at its own time.
        place = signal._place[0][times.device]
        self._nightly = (self._hour - 1 - 2 * place) % 24 < 0.5

    def temperature_c(self) -> Floats:
        """The model's level, the day, three days' weather of the site, the season, a little of its own."""
        level = self._level("temperature_c")
        weather = sum(
            np.sin(2 * np.pi * self._time_s / (days * DAY_S) + self._signal._weather[number][self._site()])
            for number, days in enumerate((2.7, 4.3, 7.9))
        )
        season = 6 * np.sin(2 * np.pi * self._time_s / YEAR_S)
        own = 0.4 * self._wander("temperature_c") + 0.25 * self._noise("temperature_c")
        value = level * (1 + 0.4 * self._swing * self._daily) + 0.7 * weather + season + own
        return np.asarray(np.round(value + self._warmer_c + 2.0 * self._starting, 1))

    def cpu_pct(self) -> Floats:
        """Work of the day and the week, a nightly job, jobs by chance, a busy start."""
        level = self._level("cpu_pct") * self._shift[0]
        value = level * (1 + self._swing * self._busy + 0.05 * self._wander("cpu_pct"))
        value = value * (1 + 0.08 * self._noise("cpu_pct")) * self._burst("cpu_pct", 3.0)
        return np.asarray((value + 0.5 * level * self._nightly + 20.0 * self._starting).clip(0, 100).round(2))

    def memory_mb(self) -> Floats:
        """Caches that fill up after a start, and are emptied at regular times."""
        level = self._level("memory_mb") * self._shift[1]
        filled = 0.15 * (1 - np.exp(-self._age_s / (2 * DAY_S)))
        collected = 0.05 * (self._time_s / self._period("memory_mb") % 1.0)
        value = level * (1 + filled + collected + 0.006 * self._noise("memory_mb"))
        return np.asarray(value.clip(0, 512).round(2))

    def tx_kbps(self) -> Floats:
        """Log-normal around the day and the week; uploads at night."""
        shape = 1.2 * self._swing * self._busy + 0.12 * self._wander("tx_kbps") + 0.3 * self._noise("tx_kbps")
        value = self._level("tx_kbps") * self._shift[2] * np.exp(shape) * np.where(self._nightly, 3.0, 1.0)
        return np.asarray((value * self._burst("tx_kbps", 4.0)).round(3))

    def rx_kbps(self) -> Floats:
        """Log-normal with a heavier tail."""
        shape = self._swing * self._busy + 0.12 * self._wander("rx_kbps") + 0.5 * self._noise("rx_kbps")
        return np.asarray((self._level("rx_kbps") * np.exp(shape) * self._burst("rx_kbps", 4.0)).round(3))

    def battery_pct(self) -> Floats:
        """Half of them in the sun, half used for days and then charged; whole percents."""
        place, period = self._at("battery_pct"), (4 + 3 * self._at("battery_pct")) * DAY_S
        turn = (self._time_s + place * period) / period % 1.0
        charged = np.where(turn < 0.03, 45 + 50 * turn / 0.03, 95 - 50 * (turn - 0.03) / 0.97)
        sunny = 70 + 12 * self._daily + 2 * self._wander("battery_pct")
        value = np.where(place < 0.5, sunny, charged) + 0.3 * self._noise("battery_pct")
        return np.where(self._signal._battery[self._device], value.clip(0, 100).round(), np.nan)

    def signal_dbm(self) -> Floats:
        """Reception in whole decibels that wanders."""
        value = -55 - 25 * self._at("signal_dbm") + 1.5 * self._wander("signal_dbm")
        return np.asarray((value + 1.2 * self._noise("signal_dbm")).round())

    def supply_v(self) -> Floats:
        """A supply that hardly moves, in hundredths."""
        value = 5.0 + 0.1 * self._at("supply_v") + 0.008 * self._wander("supply_v")
        return np.asarray((value + 0.006 * self._noise("supply_v")).round(2))

    def current_a(self) -> Floats:
        """A motor of pumps and thermostats that is on or off, longer on by day."""
        has = np.isin(
            self._population.model[self._device], [MODEL_NAMES.index(name) for name in ("pump", "thermostat")]
        )
        period = 1200 + 3600 * self._at("current_a")
        turn = (self._time_s / period + 0.1 * self._wander("current_a")) % 1.0
        level = np.where(turn < 0.4 + 0.15 * self._daily, 4.0, 0.3)
        return np.where(has, (level * (1 + 0.03 * self._noise("current_a"))).round(3), np.nan)

    def queue_depth(self) -> Floats:
        """Mostly empty, sometimes a few, rarely many."""
        random = self._random("queue_depth")
        few = random.poisson(0.3 + 0.2 * (1 + self._daily))
        many = random.geometric(0.15, len(self._device)) * (random.random(len(self._device)) < 0.01)
        return (few + many).astype(np.float64)

    def disk_pct(self) -> Floats:
        """Fills by a little a day, is cleaned once a week."""
        week = (self._time_s / (7 * DAY_S) + self._at("disk_pct")) % 1.0
        return np.asarray(
            (30 + 40 * self._at("disk_pct") + 3 * week + 0.02 * self._noise("disk_pct")).round(1)
        )

    def channels(self) -> Floats:
        """Never changes."""
        return 2.0 + self._population.model[self._device].astype(np.float64)

    def setpoint_c(self) -> Floats:
        """What a thermostat shall keep: by day, at night, on weekends."""
        has = self._population.model[self._device] == MODEL_NAMES.index("thermostat")
        day = (self._hour >= 6) & (self._hour < 22)
        return np.where(has, np.where(~day, 18.0, np.where(self._weekend, 19.5, 21.0)), np.nan)

    def boot_count(self) -> Floats:
        """How often it has started."""
        return (5 + self._boots).astype(np.float64)

    def uptime_s(self) -> Floats:
        """Seconds since its last start."""
        return np.floor(self._age_s)

    def errors_total(self) -> Floats:
        """Errors since it was made."""
        return np.floor(self._time_s / (3600 + 80_000 * self._at("errors_total")))

    def _site(self) -> Ints:
        return self._population.site[self._device]

    def _level(self, name: str) -> Floats:
        return np.asarray(self._signal._model[name][self._device])

    def _at(self, name: str) -> Floats:
        return np.asarray(self._signal._place[ROW[name]][self._device])

    def _period(self, name: str) -> Floats:
        return np.asarray(self._signal._period_s[ROW[name], :, 0][self._device])

    def _wander(self, name: str) -> Floats:
        """Slow movement of its own within -1 and 1: some hours and some days long."""
        row = ROW[name]
        phase, period = self._signal._phase[row][self._device], self._signal._period_s[row][self._device]
        return np.asarray(np.sin(2 * np.pi * self._time_s[:, None] / period + phase).mean(axis=1))

    def _noise(self, name: str) -> Floats:
        return self._random(name).standard_normal(len(self._device))

    def _burst(self, name: str, most: float) -> Floats:
        random = np.random.default_rng([self._population.seed, 7, self._day, ROW[name]])
        return np.where(
            random.random(len(self._device)) < BURST_SHARE, random.uniform(1.5, most, len(self._device)), 1.0
        )

    def _random(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._population.seed, 6, self._day, ROW[name]])

"""What goes wrong: faults and attacks as changes of healthy reports, each on devices of its own, from a moment on for a while."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from infra.simulator.behaviour import DAY_S
from tests.bench.quality.fleet.population import MODEL_NAMES, Floats, Ints, Population
from tests.bench.quality.fleet.signal import ROW

HOUR_S = 3600.0
# Of the devices, for each fault: so few that a cohort's models meet mostly healthy devices.
SHARE, LEAST = 0.02, 2
COHORT = "cohort_shift"


class Reports(NamedTuple):
    """Reports of devices with one fault after it began, to be changed in place.

    `values` is (metrics, reports), `since_s` the seconds since it began, `progress` 0 to 1 over its length, `first` the value each
    device's metrics had last before it, `shift_s` what is added to the device's clock, `sent` whether the report gets out, `random` noise.
    """

    values: Floats
    since_s: Floats
    progress: Floats
    first: Floats
    shift_s: Floats
    sent: Floats
    random: np.random.Generator


class Fault(NamedTuple):
    """A kind of fault: how long it lasts, which metrics may show it (none: any finding counts), and what it does."""

    length_s: float
    metrics: tuple[str, ...]
    change: Callable[[Reports], None]
    battery: bool = False


def drift_fast(one: Reports) -> None:
    """A sensor goes 25% too high in 6 hours, and stays."""
    one.values[ROW["temperature_c"]] *= 1 + 0.25 * (one.since_s / (6 * HOUR_S)).clip(0, 1)


def drift_slow(one: Reports) -> None:
    """A sensor goes 40% too high in a week."""
    one.values[ROW["temperature_c"]] *= 1 + 0.4 * one.progress


def boil_frog(one: Reports) -> None:
    """Somebody sends out more and more, eight times as much after twelve days."""
    one.values[ROW["tx_kbps"]] *= 8.0**one.progress


def stuck(one: Reports) -> None:
    """A sensor repeats its last value."""
    one.values[ROW["temperature_c"]] = one.first[ROW["temperature_c"]]


def spikes(one: Reports) -> None:
    """Every second report of a sensor is far too high."""
    hit = one.random.random(len(one.since_s)) < 0.5
    one.values[ROW["temperature_c"]] *= np.where(hit, one.random.uniform(1.3, 2.5, len(hit)), 1.0)


def level_shift(one: Reports) -> None:
    """A sensor is 20% too high at once."""
    one.values[ROW["temperature_c"]] *= 1.2


def noise_growth(one: Reports) -> None:
    """A sensor's noise is 8% of its level, about its daily swing."""
    one.values[ROW["temperature_c"]] *= 1 + 0.08 * one.random.standard_normal(len(one.since_s))


def exfiltration(one: Reports) -> None:
    """Twenty times as much goes out for three hours."""
    one.values[ROW["tx_kbps"]] *= 20.0


def crypto_mining(one: Reports) -> None:
    """The processor is at 92 to 99% and the case gets warmer."""
    one.values[ROW["cpu_pct"]] = one.random.uniform(92, 99, len(one.since_s)).round(2)
    one.values[ROW["temperature_c"]] *= 1 + 0.08 * (one.since_s / HOUR_S).clip(0, 1)


def memory_leak(one: Reports) -> None:
    """Memory doubles in three days."""
    one.values[ROW["memory_mb"]] *= 1 + one.progress


def battery_drain(one: Reports) -> None:
    """A battery loses 4 percent an hour."""
    drained = (one.first[ROW["battery_pct"]] - 4 * one.since_s / HOUR_S).clip(0).round()
    one.values[ROW["battery_pct"]] = np.minimum(one.values[ROW["battery_pct"]], drained)


def clock_ahead(one: Reports) -> None:
    """The clock jumps three hours forward: the edge refuses what it reports."""
    one.shift_s[:] = 3 * HOUR_S


def clock_behind(one: Reports) -> None:
    """The clock jumps three hours back."""
    one.shift_s[:] = -3 * HOUR_S


def reboot_loop(one: Reports) -> None:
    """It starts anew every four minutes."""
    one.values[ROW["boot_count"]] += np.floor(one.since_s / 240) + 1
    one.values[ROW["uptime_s"]] = np.floor(one.since_s % 240)
    one.values[ROW["memory_mb"]] *= 0.8
    one.values[ROW["cpu_pct"]] = (one.values[ROW["cpu_pct"]] + 20).clip(0, 100)


def silence(one: Reports) -> None:
    """Nothing comes any more."""
    one.sent[:] = 0.0


def cohort_shift(one: Reports) -> None:
    """Every device of a cohort sends twice as much and is 10% warmer: something outside the devices has changed."""
    one.values[ROW["tx_kbps"]] *= 2.0
    one.values[ROW["temperature_c"]] *= 1.1


FAULTS = {
    "drift_fast": Fault(2 * DAY_S, ("temperature_c",), drift_fast),
    "drift_slow": Fault(7 * DAY_S, ("temperature_c",), drift_slow),
    "boil_frog": Fault(12 * DAY_S, ("tx_kbps",), boil_frog),
    "stuck": Fault(2 * DAY_S, ("temperature_c",), stuck),
    "spikes": Fault(3 * HOUR_S, ("temperature_c",), spikes),
    "level_shift": Fault(2 * DAY_S, ("temperature_c",), level_shift),
    "noise_growth": Fault(2 * DAY_S, ("temperature_c",), noise_growth),
    "exfiltration": Fault(3 * HOUR_S, ("tx_kbps",), exfiltration),
    "crypto_mining": Fault(2 * DAY_S, ("cpu_pct", "temperature_c"), crypto_mining),
    "memory_leak": Fault(3 * DAY_S, ("memory_mb",), memory_leak),
    "battery_drain": Fault(DAY_S, ("battery_pct",), battery_drain, battery=True),
    "clock_ahead": Fault(DAY_S, (), clock_ahead),
    "clock_behind": Fault(DAY_S, (), clock_behind),
    "reboot_loop": Fault(6 * HOUR_S, (), reboot_loop),
    "silence": Fault(2 * DAY_S, (), silence),
    COHORT: Fault(2 * DAY_S, ("tx_kbps", "temperature_c"), cohort_shift),
}
NAMES = tuple(FAULTS)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which of the `kinds` of fault each device has (its place among them, -1 for none) from when to when, in seconds."""

    fault: Ints
    begins_s: Floats
    ends_s: Floats
    kinds: dict[str, Fault] = field(default_factory=lambda: FAULTS)


def plan(population: Population) -> Plan:
    """A share of the devices for each fault, each at a time of its own in the second half; the largest cohort shifts as a whole."""
    random = np.random.default_rng([population.seed, 8])
    devices, span_s = len(population), population.days * DAY_S
    chosen, begins, ends = np.full(devices, -1), np.full(devices, np.inf), np.full(devices, np.inf)
    cohort = population.cohort
    shifted = cohort == np.bincount(cohort).argmax()
    battery = np.isin(population.model, [MODEL_NAMES.index(name) for name in ("thermostat", "meter")])
    free = [int(one) for one in random.permutation(np.flatnonzero(~shifted))]
    for number, fault in enumerate(FAULTS.values()):
        length = min(fault.length_s, 0.4 * span_s)
        if NAMES[number] == COHORT:
            own, begin = np.flatnonzero(shifted), np.full(int(shifted.sum()), 0.6 * span_s)
        else:
            fit = [one for one in free if battery[one] or not fault.battery]
            own = np.array(fit[: max(int(SHARE * devices), LEAST)], np.int64)
            free = [one for one in free if one not in set(own.tolist())]
            begin = random.uniform(0.45 * span_s, span_s - length, len(own))
        chosen[own], begins[own], ends[own] = number, begin, begin + length
    return Plan(chosen, begins, ends)

"""A fleet that has only just begun, and devices that join it later: gross faults by how much was known when they began."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from infra.simulator.behaviour import DAY_S
from tests.bench.quality.fleet import population
from tests.bench.quality.fleet.fault import FAULTS, HOUR_S, Fault, Plan, Reports
from tests.bench.quality.fleet.population import AWAKE, Floats, Ints, Population
from tests.bench.quality.fleet.signal import ROW
from tests.bench.quality.fleet.watch import Finding

# When a fault begins, by the fleet's age.
AGES = {
    "hours 1-24": (HOUR_S, DAY_S),
    "days 2-3": (DAY_S, 3 * DAY_S),
    "days 4-7": (3 * DAY_S, 7 * DAY_S),
    "later": (7 * DAY_S, np.inf),
}
NEW = "new device"
# So many of the devices join while the fleet is known; what goes wrong with one begins after about so many of its reports.
JOIN_SHARE, JOIN_S = 0.2, (8 * DAY_S, 11 * DAY_S)
REPORTS = 52
# What is found of a whole cohort is of no device's age, whoever's report completed it.
OF_ALL = ("cohort.shift", "cohort.poisoned")
# One device of so many for each fault and age, on average: few, as in a real fleet, so that a device's peers are mostly healthy.
DEVICES_A_FAULT = 500


def jump(one: Reports) -> None:
    """A sensor is 60% too high at once."""
    one.values[ROW["temperature_c"]] *= 1.6


def runaway(one: Reports) -> None:
    """A sensor's value doubles in six hours, and stays."""
    one.values[ROW["temperature_c"]] *= 1 + (one.since_s / (6 * HOUR_S)).clip(0, 1)


def bursting(one: Reports) -> None:
    """Memory fills to four times as much within an hour, and stays."""
    one.values[ROW["memory_mb"]] *= 1 + 3 * (one.since_s / HOUR_S).clip(0, 1)


GROSS = {
    "jump": Fault(2 * DAY_S, ("temperature_c",), jump),
    "runaway": Fault(2 * DAY_S, ("temperature_c",), runaway),
    "bursting": Fault(2 * DAY_S, ("memory_mb",), bursting),
    **{
        name: FAULTS[name]
        for name in (
            "stuck",
            "spikes",
            "level_shift",
            "exfiltration",
            "crypto_mining",
            "reboot_loop",
            "clock_ahead",
            "clock_behind",
            "silence",
        )
    },
}


def name_of(fault: str, age: str) -> str:
    """A fault that begins at an age, as a kind of its own."""
    return f"{fault}, {age}"


KINDS = {name_of(fault, age): kind for fault, kind in GROSS.items() for age in (*AGES, NEW)}


def people(seed: int, devices: int, days: int) -> Population:
    """A population of which some join while the others are known."""
    random, made = np.random.default_rng([seed, 10]), population.make(seed, devices, days)
    joins = np.where(random.random(devices) < JOIN_SHARE, random.uniform(*JOIN_S, devices), 0.0)
    return replace(made, joins_s=joins)


def plan(made: Population) -> Plan:
    """Devices for each fault and age, as far as there are (a small fleet has only some of them); a new one is one that doesn't sleep."""
    random = np.random.default_rng([made.seed, 11])
    fault, begins, ends = (np.full(len(made), empty) for empty in (-1, np.inf, np.inf))
    free = random.permutation(len(made))
    old = [int(one) for one in free if made.joins_s[one] == 0]
    new = [int(one) for one in free if made.joins_s[one] > 0 and made.sleep[one] == AWAKE]
    for place, (name, kind) in enumerate(KINDS.items()):
        age = name.split(", ")[1]
        some = new if age == NEW else old
        number = int(len(made) / DEVICES_A_FAULT + random.random())
        own = np.array([some.pop() for _ in range(min(number, len(some)))], np.int64)
        fault[own] = place
        begins[own] = _begin(made, own, age, kind.length_s, random)
        ends[own] = np.minimum(begins[own] + kind.length_s, made.days * DAY_S)
    return Plan(fault.astype(np.int64), begins, ends, KINDS)


def _begin(made: Population, own: Ints, age: str, length_s: float, random: np.random.Generator) -> Floats:
    if age == NEW:
        return np.asarray(made.joins_s[own] + REPORTS * made.interval_s[own])
    first_s, last_s = AGES[age]
    return random.uniform(first_s, min(last_s, made.days * DAY_S - length_s), len(own))


def false_alarms(made: Population, found: list[Finding]) -> dict[str, float]:
    """False alarms per 1,000 device-days by the fleet's age, those of devices that joined later apart."""
    counts = Counter(age_of(made, one) for one in found)
    old, span_s = int((made.joins_s == 0).sum()), made.days * DAY_S
    days = {
        age: old * (min(last, span_s) - (first if first > HOUR_S else 0.0)) / DAY_S
        for age, (first, last) in AGES.items()
    }
    days[NEW] = float((span_s - made.joins_s[made.joins_s > 0]).sum()) / DAY_S
    return {age: round(1000 * counts[age] / lived, 3) if lived else 0.0 for age, lived in days.items()}


def age_of(made: Population, one: Finding) -> str:
    """How old the fleet was, or that the device it is about was new."""
    if made.joins_s[one.device] > 0 and one.kind not in OF_ALL:
        return NEW
    return next(age for age, (_, last_s) in AGES.items() if one.time_s < last_s)

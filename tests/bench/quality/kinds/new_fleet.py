"""A simulated fleet from its first report on: what is found of gross faults while little is known yet, and of devices that join later."""

from __future__ import annotations

import time
from typing import Any

from detectors.state import VERSIONS
from tests.bench.quality.fleet import false_alarm, recall, youth
from tests.bench.quality.fleet.recording import Recording
from tests.bench.quality.fleet.size import large_enough
from tests.bench.quality.fleet.watch import SETTING, watch

# Devices for each fault and age, and days for those that join to be known.
LEAST_DEVICES, LEAST_DAYS = 100, 14


def simulate(devices: int = 1000, days: int = 14, seed: int = 1) -> dict[str, Any]:
    """The fleet lives twice, once healthy and once with faults; Rejected where there are too few devices or days, or a negative seed."""
    large_enough(devices=(devices, LEAST_DEVICES), days=(days, LEAST_DAYS), seed=(seed, 0))
    started = time.process_time()
    people = youth.people(seed, devices, days)
    in_health = watch(people, Recording(people).records())
    plan = youth.plan(people)
    spoilt = Recording(people, plan)
    with_faults = watch(people, spoilt.records())
    return {
        "detectors": VERSIONS,
        "setting": SETTING,
        "devices": devices,
        "days": days,
        "seed": seed,
        "healthy": false_alarm.figures(people, in_health),
        "false_alarms_by_age": youth.false_alarms(people, in_health),
        "faults": by_age(recall.figures(plan, with_faults, in_health, spoilt.made)),
        "compute_s": round(time.process_time() - started, 1),
    }


def by_age(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Of each fault the figures of each age."""
    return {
        fault: {age: figures[youth.name_of(fault, age)] for age in (*youth.AGES, youth.NEW)}
        for fault in youth.GROSS
    }


def table(figures: dict[str, Any]) -> list[str]:
    """A line for false alarms, then a line a fault: the share found and the median delay in minutes by age."""
    rates = figures["false_alarms_by_age"]
    lines = [
        f"{figures['devices']} devices, {figures['days']} days, seed {figures['seed']}, "
        f"{', '.join(f'{name} version {version}' for name, version in figures['detectors'].items())}",
        f"{'':<14}" + "".join(f" {age:>15}" for age in rates),
        f"{'false alarms':<14}" + "".join(f" {rate:>15g}" for rate in rates.values()),
    ]
    for fault, ages in figures["faults"].items():
        lines.append(f"{fault:<14}" + "".join(f" {_cell(one):>15}" for one in ages.values()))
    return [
        *lines,
        "",
        "false alarms: per 1,000 device-days; faults: share of devices found, median minutes, by when they begin; a new device's "
        f"after {youth.REPORTS} reports; {figures['compute_s']:.0f} s of one core",
    ]


def _cell(one: dict[str, Any]) -> str:
    if one["recall"] is None:
        return "-"
    minutes = f", {one['delay_min']['median']:.0f}" if one["delay_min"] else ""
    return f"{one['recall']:.2f}{minutes}"

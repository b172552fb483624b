"""A simulated fleet instead of recordings: false alarms on healthy devices, recall and delay for each fault and attack."""

from __future__ import annotations

import time
from typing import Any

from detectors.state import VERSIONS
from tests.bench.quality.fleet import false_alarm, fault, population, recall
from tests.bench.quality.fleet.recording import Recording
from tests.bench.quality.fleet.size import large_enough
from tests.bench.quality.fleet.watch import SETTING, watch

LEAST_DAYS = 4
WANTED = 1.0


def simulate(devices: int = 1000, days: int = 30, seed: int = 1) -> dict[str, Any]:
    """The fleet lives twice, once healthy and once with faults, otherwise equal to the last digit of noise.

    Rejected where there are too few devices or days for every fault, or the seed is negative.
    """
    # Every fault has its own devices, at least so many.
    least = 2 * fault.LEAST * len(fault.FAULTS)
    large_enough(devices=(devices, least), days=(days, LEAST_DAYS), seed=(seed, 0))
    started = time.process_time()
    people = population.make(seed, devices, days)
    healthy = Recording(people)
    in_health = watch(people, healthy.records())
    plan = fault.plan(people)
    spoilt = Recording(people, plan)
    with_faults = watch(people, spoilt.records())
    return {
        "detectors": VERSIONS,
        "setting": SETTING,
        "devices": devices,
        "days": days,
        "seed": seed,
        "reports": healthy.rows,
        "healthy": false_alarm.figures(people, in_health),
        "wanted_per_1000_device_days": WANTED,
        "faults": recall.figures(plan, with_faults, in_health, spoilt.made),
        "compute_s": round(time.process_time() - started, 1),
    }


def table(figures: dict[str, Any]) -> list[str]:
    """The healthy fleet, then a line a fault."""
    healthy = figures["healthy"]
    lines = [
        f"{figures['devices']} devices, {figures['days']} days, {figures['reports']:,} reports, seed {figures['seed']}, "
        f"{', '.join(f'{name} version {version}' for name, version in figures['detectors'].items())}",
        f"false alarms  {healthy['per_1000_device_days']:g} per 1,000 device-days (wanted: at most "
        f"{figures['wanted_per_1000_device_days']:g}), {healthy['false_alarms']} on {healthy['devices_with_any']} devices",
    ]
    for part in ("by_kind", "by_metric_kind", "by_cause", "by_severity", "by_interval_s", "by_week"):
        shown = ", ".join(f"{name} {rate:g}" for name, rate in list(healthy[part].items())[:6])
        lines.append(f"  {part.replace('_', ' '):<15} {shown or 'none'}")
    lines += [
        "",
        f"{'fault':<14} {'devices':>7} {'recall':>7} {'chance':>7} {'median min':>11} {'p90 min':>9} "
        f"{'median rep.':>11} {'p90 rep.':>9} {'findings':>9}",
    ]
    lines += [_line(name, one) for name, one in figures["faults"].items()]
    return [*lines, "", f"findings: per device with the fault; {figures['compute_s']:.0f} s of one core"]


def _line(name: str, one: dict[str, Any]) -> str:
    minutes, reports = (one[part] or {"median": "-", "p90": "-"} for part in ("delay_min", "delay_reports"))
    cells = [one["recall"], one["by_chance"]]
    recall_text, chance_text = ("-" if cell is None else f"{cell:.2f}" for cell in cells)
    return (
        f"{name:<14} {one['devices']:>7} {recall_text:>7} {chance_text:>7} {minutes['median']:>11} {minutes['p90']:>9} "
        f"{reports['median']:>11} {reports['p90']:>9} {one['findings_per_device'] or 0:>9}"
    )

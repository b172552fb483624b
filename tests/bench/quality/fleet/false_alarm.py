"""What the detectors say of a healthy fleet: how often, of what, and what was going on then."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from infra.simulator.behaviour import DAY_S
from tests.bench.quality.fleet.population import Population
from tests.bench.quality.fleet.signal import KINDS
from tests.bench.quality.fleet.watch import Finding

REBOOT_S, UPGRADE_S, GAP_S, START_S = 3 * 3600.0, DAY_S, 3600.0, 7 * DAY_S
PAIRS = 12


def figures(population: Population, found: list[Finding]) -> dict[str, Any]:
    """False alarms per 1,000 device-days, all findings counted, and the same parted by what could explain them."""
    per = 1000.0 / (len(population) * population.days)

    def parted(names: list[str]) -> dict[str, float]:
        return {name: round(count * per, 3) for name, count in Counter(names).most_common()}

    metrics = [one.metric or "-" for one in found]
    return {
        "false_alarms": len(found),
        "per_1000_device_days": round(len(found) * per, 3),
        # A quarter of an hour's findings on one device are one alert for a person.
        "alerts_per_1000_device_days": round(len(together(found)) * per, 3),
        "devices_with_any": len({one.device for one in found}),
        "by_kind": parted([one.kind for one in found]),
        "by_metric_kind": parted([KINDS.get(name, name) for name in metrics]),
        "by_metric": parted(metrics),
        "by_cause": parted([cause(population, one) for one in found]),
        "by_severity": parted([one.severity for one in found]),
        "by_interval_s": interval_rates(population, found),
        "by_week": parted([f"week {int(one.time_s // (7 * DAY_S)) + 1}" for one in found]),
        "pairs": dict(
            list(
                parted(
                    [f"{one.kind} of {one.metric or '-'}, {cause(population, one)}" for one in found]
                ).items()
            )[:PAIRS]
        ),
    }


def together(found: list[Finding]) -> set[tuple[int, int]]:
    """Device and quarter of an hour of every finding."""
    return {(one.device, int(one.time_s // 900)) for one in found}


def interval_rates(population: Population, found: list[Finding]) -> dict[str, float]:
    """False alarms per 1,000 device-days of the devices that report so often."""
    alarms = Counter(float(population.interval_s[one.device]) for one in found)
    devices = Counter(population.interval_s.tolist())
    return {
        f"{interval:.0f}": round(alarms[interval] * 1000 / (number * population.days), 3)
        for interval, number in sorted(devices.items())
    }


def cause(population: Population, one: Finding) -> str:
    """What was going on when it was found, the first of these that holds; a coincidence is not told from an effect."""
    device, time_s = np.array([one.device]), np.array([one.time_s])
    if 0 <= one.time_s - population.upgraded_s[one.device] < UPGRADE_S:
        return "new firmware"
    if population.since_boot_s(device, time_s)[0][0] < REBOOT_S:
        return "reboot"
    if population.asleep(device, time_s - np.array(GAP_S))[0]:
        return "woke up"
    if one.time_s < START_S:
        return "first week"
    local = float(population.local_s(device, time_s)[0])
    return "weekend" if local // DAY_S % 7 >= 5 else "ordinary"

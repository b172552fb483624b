"""What the detectors say of faults: how many they find, how soon, and how many findings each costs."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from tests.bench.quality.fleet.fault import COHORT, Plan
from tests.bench.quality.fleet.population import Floats, Ints
from tests.bench.quality.fleet.watch import Finding

# Ids tell times to the microsecond.
ROUNDING_S = 1e-5


def figures(
    plan: Plan, found: list[Finding], healthy: list[Finding], made: list[tuple[Ints, Floats]]
) -> dict[str, Any]:
    """Per fault: devices, share found, share on which the same device in health has such a finding in the same time, delays, findings.

    A finding that the device has in health too, at the same report, doesn't count as the fault's. Delays are of the first finding after
    the fault began, in minutes and in reports the device made until then.
    """
    with_fault, without = by_device(found), by_device(healthy)
    times = report_times(made)
    return {
        name: _of_fault(name, np.flatnonzero(plan.fault == number), plan, with_fault, without, times)
        for number, name in enumerate(plan.kinds)
    }


def _of_fault(
    name: str,
    devices: Ints,
    plan: Plan,
    found: dict[int, list[Finding]],
    healthy: dict[int, list[Finding]],
    times: dict[int, Floats],
) -> dict[str, Any]:
    hits = {
        int(one): caused(telling(name, plan, int(one), found[int(one)]), healthy[int(one)]) for one in devices
    }
    first = {one: min(hit.time_s for hit in of_it) for one, of_it in hits.items() if of_it}
    if name == COHORT:
        first = told_of_all(hits, first)
    chance = sum(bool(telling(name, plan, int(one), healthy[int(one)])) for one in devices)
    minutes = [(time_s - plan.begins_s[one]) / 60 for one, time_s in first.items()]
    reports = [
        int(np.sum((times[one] >= plan.begins_s[one]) & (times[one] <= at + ROUNDING_S)))
        for one, at in first.items()
    ]
    number = len(devices)
    severities = [hit.severity for of_it in hits.values() for hit in of_it]
    return {
        "devices": number,
        "recall": round(len(first) / number, 3) if number else None,
        "by_chance": round(chance / number, 3) if number else None,
        "delay_min": spread(minutes),
        "delay_reports": spread(reports),
        "findings_per_device": round(len(severities) / number, 2) if number else None,
        **(
            {"findings": len(severities), "not_low": sum(one != "low" for one in severities)}
            if name == COHORT
            else {}
        ),
    }


def told_of_all(hits: dict[int, list[Finding]], first: dict[int, float]) -> dict[int, float]:
    """When each device's fault is told of first, where a finding about the whole cohort tells of every device in it."""
    shifts = [hit.time_s for of_it in hits.values() for hit in of_it if hit.kind == "cohort.shift"]
    return {one: min([*shifts, first.get(one, np.inf)]) for one in hits if shifts or one in first}


def telling(name: str, plan: Plan, device: int, found: list[Finding]) -> list[Finding]:
    """The findings that tell of this device's fault: of a metric that shows it, while it lasts (not of its end)."""
    metrics = plan.kinds[name].metrics
    return [
        one
        for one in found
        if plan.begins_s[device] <= one.time_s < plan.ends_s[device]
        and (not metrics or not one.metric or one.metric in metrics)
    ]


def caused(found: list[Finding], healthy: list[Finding]) -> list[Finding]:
    """The findings that the same device in health hasn't: those of the same kind at the same report are not the fault's."""
    same = {(one.kind, one.metric, one.time_s) for one in healthy}
    return [one for one in found if (one.kind, one.metric, one.time_s) not in same]


def by_device(found: list[Finding]) -> dict[int, list[Finding]]:
    """The findings of each device."""
    parted: dict[int, list[Finding]] = defaultdict(list)
    for one in found:
        parted[one.device].append(one)
    return parted


def report_times(made: list[tuple[Ints, Floats]]) -> dict[int, Floats]:
    """When each device made its reports, those that got lost by the fault too."""
    device, time_s = (np.concatenate(part) for part in zip(*made, strict=True))
    order = np.argsort(device, kind="stable")
    names, start = np.unique(device[order], return_index=True)
    return dict(zip(names.tolist(), np.split(time_s[order], start[1:]), strict=True))


def spread(delays: list[float] | list[int]) -> dict[str, float] | None:
    """Median and 90th percentile, None where nothing was found."""
    if not delays:
        return None
    median, p90 = np.percentile(delays, [50, 90])
    return {"median": round(float(median), 1), "p90": round(float(p90), 1)}

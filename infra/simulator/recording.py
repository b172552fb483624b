"""A recording of simulated devices as a CSV file, with a label column: something to feed to `python -m streams.ingest.file`."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

from infra.simulator.behaviour import METRICS, Behaviour
from infra.simulator.condition import Condition
from infra.simulator.fleet import Device, Fleet
from infra.simulator.history import times
from infra.simulator.message import DIGITS, utc

SPACING_S = 60.0
COLUMNS = ("timestamp", "tenant", "device", "model", "site", "firmware", *METRICS, "label")
# With a fault, a device's sensor goes wrong from this share of the recording on, in so many seconds.
FAULT_FROM, FAULT_OVER_S = 0.7, 900.0


def write(path: Path, fleet: Fleet, devices: int, until_s: float, hours: float, *, fault: bool) -> int:
    """Write what the first devices of the fleet measured until `until_s`, one row a report; returns how many rows.

    With `fault` the first device's temperature sensor breaks; the label is 1 from when it begins, else 0.
    """
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        rows = 0
        for row in _rows(fleet, list(fleet.devices[:devices]), until_s, hours, fault):
            writer.writerow(row)
            rows += 1
    return rows


def _rows(
    fleet: Fleet, devices: list[Device], until_s: float, hours: float, fault: bool
) -> Iterator[list[object]]:
    behaviour = Behaviour(fleet)
    condition = Condition(fleet, behaviour)
    moments = times(until_s, hours, SPACING_S)
    broken_s = moments[int(len(moments) * FAULT_FROM)] if fault else math.inf
    if fault:
        condition.drift(devices[0], broken_s, FAULT_OVER_S)
    for time_s in moments:
        values = condition.apply(behaviour.at(time_s, until_s), time_s).T.tolist()
        sends = behaviour.sends(time_s)
        for device in devices:
            if sends[device.index]:
                label = int(device is devices[0] and time_s >= broken_s)
                cells = ["" if math.isnan(value) else round(value, DIGITS) for value in values[device.index]]
                yield [
                    utc(time_s),
                    device.tenant,
                    device.name,
                    device.model,
                    device.site,
                    device.firmware,
                    *cells,
                    label,
                ]

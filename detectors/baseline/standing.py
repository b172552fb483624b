"""How some devices stand on one metric just now, read from a block without changing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline import row
from detectors.baseline.block import Block
from detectors.baseline.lanes import compiled
from detectors.baseline.name_table import Ints

Doubles = npt.NDArray[np.float64]
MOST_PEERS = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """One metric of some devices, an entry each: `actual` at its last report, what was `expected` then, in the metric's unit.

    `known` where enough reports were seen to expect anything, `calm` where moreover the last one was near what was expected. The
    expected value is the actual one less its score, so the rhythm of the day is in it.
    """

    known: npt.NDArray[np.bool_]
    calm: npt.NDArray[np.bool_]
    actual: Doubles
    expected: Doubles
    deviation: Doubles


def standing(block: Block, slots: Ints, column: int) -> Standing:
    """How the devices in `slots` stand on the metric in `column`."""
    p = block.parameters
    first = (slots * block.groups + column // row.LANES) * row.FIELDS
    lane = block.cells[:, column % row.LANES]
    count, level, spread, z, last, active = (
        lane[first + name].astype(np.float64)
        for name in (row.COUNT, row.LEVEL, row.SPREAD, row.Z, row.LAST, row.ACTIVE)
    )
    deviation = np.maximum(np.maximum(np.sqrt(spread), p.floor_share * np.abs(level)), p.floor)
    known = count >= p.warm_up
    calm = known & (np.abs(z) < p.peer_changed_z) & (active == row.NONE)
    return Standing(known, calm, last, last - z * deviation, deviation)


def fresh_peers(block: Block, slot: int, time_us: int) -> Ints:
    """The slots of at most `MOST_PEERS` devices of the same cohort that reported lately, in the order of their slots."""
    heads = block.heads
    fresh_us = int(block.parameters.peer_fresh_s * 1e6)
    return _gather(heads["cohort"], heads["last_us"], block.devices, slot, time_us, fresh_us, MOST_PEERS)


@compiled
def _gather(
    cohorts: Any, last_us: Any, used: int, slot: int, time_us: int, fresh_us: int, most: int
) -> npt.NDArray[np.int64]:
    found = np.empty(most, np.int64)
    number = 0
    cohort = cohorts[slot]
    if cohort < 0:
        return found[:0]
    for peer in range(used):
        if peer != slot and cohorts[peer] == cohort and abs(last_us[peer] - time_us) < fresh_us:
            found[number] = peer
            number += 1
            if number == most:
                break
    return found[:number]

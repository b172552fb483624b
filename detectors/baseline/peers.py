"""Who else of a cohort reports, and who of them has left its own baseline as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import Floats, unmanaged
from detectors.baseline.parameters import Parameters
from detectors.baseline.row import ACTIVE, COUNT, FIELDS, LANES, NONE, Z

US = 1e6


@unmanaged
def count_peers(
    cells: Floats,
    groups: int,
    heads: npt.NDArray[Any],
    used: int,
    slot: int,
    column: int,
    time_us: int,
    most: int,
    p: Parameters,
) -> tuple[int, int]:
    """Of at most `most` devices of the same cohort: how many reported the metric lately, and how many of them left their baseline."""
    fresh = changed = 0
    cohort = heads[slot].cohort
    for peer in range(used):
        if peer == slot:
            continue
        if (
            cohort < 0
            or heads[peer].cohort != cohort
            or abs(heads[peer].last_us - time_us) >= p.peer_fresh_s * US
        ):
            continue
        base, lane = (peer * groups + column // LANES) * FIELDS, column % LANES
        if cells[base + COUNT, lane] < p.warm_up:
            continue
        fresh += 1
        changed += abs(cells[base + Z, lane]) >= p.peer_changed_z or cells[base + ACTIVE, lane] != NONE
        if fresh >= most:
            break
    return fresh, changed


@unmanaged
def count_members(heads: npt.NDArray[Any], members: npt.NDArray[np.int32]) -> None:
    """How many of these devices each cohort has, into the place of its number + 1."""
    members[:] = 0
    for slot in range(heads.shape[0]):
        if 0 <= heads[slot].cohort < members.shape[0] - 1:
            members[heads[slot].cohort + 1] += 1

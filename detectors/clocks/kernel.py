"""One pass over a batch's reports in the order in which they came: whose lag (received minus event time) is steadily wrong.

The lag of a report is what the clock is behind plus how long the report took, and that is never negative: the smallest lag is the nearest
to the clock (the minimum filter of NTP; Mills, RFC 5905, section 10). So a smaller lag begins a run anew, a larger one is a late
report and only a few in a row begin anew. A backlog that is worked off has a smaller lag with every report and never makes a run.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.lanes import inlined, unmanaged
from detectors.baseline.name_table import Ints
from detectors.clocks.parameters import Parameters

US = 1_000_000
NONE, BEHIND, AHEAD, RIGHT = range(4)
# What stands for a place is looked for among so many of its devices, in the order in which the block knows them.
MOST_MATES = 1000

# Of a device whose newest reports were not prompt (all zeros for the others): its lag, when the first such report came, how many had that
# lag, how many in a row another one (once told: how many in a row were prompt), and whether it is told.
HEAD = np.dtype(
    [
        ("lag_us", np.int64),
        ("since_us", np.int64),
        ("hits", np.int32),
        ("misses", np.int16),
        ("told", np.int16),
    ]
)
# A finding as it was at that row: `mates` other devices of the place, of which `odd` are not prompt either.
FOUND = np.dtype(
    [
        ("row", np.int64),
        ("kind", np.int64),
        ("lag_us", np.int64),
        ("since_us", np.int64),
        ("hits", np.int64),
        ("mates", np.int64),
        ("odd", np.int64),
    ]
)


@unmanaged
def observe(
    heads: npt.NDArray[Any],
    cohorts: npt.NDArray[np.int32],
    places: Ints,
    used: int,
    slots: Ints,
    times_us: Ints,
    received_us: Ints,
    found: npt.NDArray[Any],
    p: Parameters,
) -> int:
    """Learn reports in this order; returns how many findings were written to `found`, at most one a row.

    `cohorts` is the cohort of each of the `used` slots (-1: none), `places` the place of each cohort and, last, of none (0).
    """
    number = 0
    behind_us, ahead_us = np.int64(p.behind_s * US), np.int64(p.ahead_s * US)
    for row in range(slots.shape[0]):
        lag_us = received_us[row] - times_us[row]
        prompt = -ahead_us < lag_us < behind_us
        head = heads[slots[row]]
        if prompt and head.hits == 0:
            continue
        kind = NONE
        if prompt:
            kind = _prompt(head, p)
        elif head.told:
            head.misses = 0
        elif _is_complete(head, lag_us, received_us[row], p):
            kind = AHEAD if head.lag_us < 0 else BEHIND
        if kind != NONE:
            one = found[number]
            one.row, one.kind, one.lag_us = row, kind, head.lag_us
            one.since_us, one.hits = head.since_us, head.hits
            one.mates = one.odd = 0
            number += _settle(heads, cohorts, places, used, slots[row], received_us[row], one, p)
    return number


@inlined
def _prompt(head: Any, p: Parameters) -> int:
    """A prompt report of a device that was not: a run that is not told is over at once."""
    head.misses += 1
    if head.told and head.misses < p.right_reports:
        return NONE
    if head.told:
        return RIGHT
    head.hits = head.misses = 0
    head.lag_us = head.since_us = 0
    return NONE


@inlined
def _is_complete(head: Any, lag_us: int, received_us: int, p: Parameters) -> bool:
    """Learn a report that is not prompt; whether its clock is wrong if its place is well."""
    off_us = lag_us - head.lag_us
    tolerance_us = np.int64(p.tolerance_s * US)
    head.misses = head.misses + 1 if off_us > tolerance_us else 0
    if head.hits == 0 or off_us < -tolerance_us or head.misses >= p.misses:
        head.lag_us, head.since_us, head.hits, head.misses = lag_us, received_us, 1, 0
        return False
    if head.misses > 0:
        return False
    head.hits += 1
    lasted_us = received_us - head.since_us
    if head.hits < p.reports or lasted_us < p.lasted_s * US:
        return False
    is_rare: bool = head.lag_us * (head.hits - 1) < p.pauses * lasted_us
    return head.lag_us < 0 or not is_rare


@unmanaged
def _settle(
    heads: npt.NDArray[Any],
    cohorts: npt.NDArray[np.int32],
    places: Ints,
    used: int,
    slot: int,
    received_us: int,
    one: Any,
    p: Parameters,
) -> int:
    """Tell what is complete (1), or begin anew where its place is late as a whole (0)."""
    head = heads[slot]
    if one.kind == RIGHT:
        head.lag_us = head.since_us = 0
        head.hits = head.misses = head.told = 0
        return 1
    place = places[cohorts[slot]]
    if place > 0:
        for other in range(used):
            if other != slot and places[cohorts[other]] == place:
                one.mates += 1
                one.odd += heads[other].hits > 0 and not heads[other].told
                if one.mates >= MOST_MATES:
                    break
    if one.odd >= p.crowd_least and one.odd > p.crowd_share * one.mates:
        head.since_us, head.hits = received_us, 1
        return 0
    head.told = 1
    return 1

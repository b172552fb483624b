"""What a device did lately, in absolute terms: how often, to how many, with how little success; and how much it is suspected.

These are known to tell attacks from ordinary life whatever was learned: damped rates (Kitsune, Mirsky et al. 2018), the number of
distinct targets within a window (linear counting, Whang et al. 1990), a walk up with every failed attempt and down with every answered
one (threshold random walk, Jung et al. 2004). So a recording that begins with an attack is not learned as it comes. All of it in slots:
devices that share one (kinds of events) look busier, or take turns (devices).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic.sketch import keyed

KINDS = 1 << 13  # slots for kinds of events
DEVICES = 1 << 10  # slots for devices' targets
SPANS_S = (
    10.0,
    300.0,
    300.0,
)  # half-lives of: events of this kind of this device, twice; events just like this one of any device
CELLS, WINDOW_S = 64, 60
FANS = 3  # targets and ports that did not answer, targets that did or did not
FAILED, ANSWERED, MOST_WALK = 0.7, -1.2, 8.0
BET, MOST_SUSPICION = 0.3, 50.0
RELIEF, RELIEF_TOGETHER = 0.3, 0.6
TRUST_S = 3600.0
NEW = np.uint64(16)  # stands for every value that is not known


@unmanaged
def faded(weight: float, since_us: Any, now_us: Any, half_s: float) -> float:
    """A count that loses half in `half_s`; a clock that runs backwards loses nothing."""
    passed = max(float(now_us) - float(since_us), 0.0) / 1e6
    return float(weight * 2.0 ** (-passed / half_s)) if passed < 60.0 * half_s else 0.0


@unmanaged
def rate(rates: Any, rate_us: Any, word: Any, now_us: Any, span: int, half_s: float) -> float:
    """The damped number of events of a kind, with this one."""
    slot = word % np.uint64(KINDS)
    rates[slot, span] = faded(rates[slot, span], rate_us[slot, span], now_us, half_s) + 1.0
    rate_us[slot, span] = max(now_us, rate_us[slot, span])
    return float(rates[slot, span])


@unmanaged
def walk(walks: Any, walk_us: Any, word: Any, now_us: Any, failed: int) -> float:
    """The log-likelihood ratio of an attacker's luck to a user's, from the latest attempts of this kind, with this one."""
    slot = word % np.uint64(KINDS)
    was = faded(walks[slot], walk_us[slot], now_us, TRUST_S)
    if failed >= 0:
        was = min(max(was + (FAILED if failed == 1 else ANSWERED), 0.0), MOST_WALK)
    walks[slot], walk_us[slot] = was, now_us
    return float(was)


@unmanaged
def distinct(cells: Any, word: Any, now_s: int, count_it: bool) -> float:
    """How many distinct words there were in the window, about; at most 266."""
    if count_it:
        cells[int((word >> np.uint64(17)) % np.uint64(CELLS))] = now_s
    full = 0
    for cell in range(CELLS):
        full += now_s - cells[cell] < WINDOW_S
    return CELLS * math.log(CELLS / max(CELLS - full, 1.0))


@unmanaged
def suspect(suspicions: Any, suspect_us: Any, slot: int, now_us: Any, p: float, relief: float) -> None:
    """Bet against p-values that are too small (a power martingale, Vovk et al. 2003, as a CUSUM): usual events lose what odd ones gain."""
    was = faded(suspicions[slot], suspect_us[slot], now_us, TRUST_S)
    gain = math.log(BET) + (BET - 1.0) * math.log(p) - relief
    suspicions[slot] = min(max(was + gain, 0.0), MOST_SUSPICION)
    suspect_us[slot] = now_us


@unmanaged
def kind_of(device: Any, coarse: Any, kinds: Any, known: Any) -> Any:
    """The word of a device's events of one kind; values that are new make one kind."""
    word = device
    for column in range(len(coarse)):
        if kinds[column]:
            word = keyed(11, column, word ^ (coarse[column] if known[column] else NEW))
    return word


@unmanaged
def whole(coarse: Any) -> Any:
    """The word of an event and of all that are nearly the same."""
    word = np.uint64(12)
    for column in range(len(coarse)):
        word = keyed(12, column, word ^ coarse[column])
    return word

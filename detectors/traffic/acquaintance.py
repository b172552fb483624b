"""Which values of texts were there before: learned, or merely met again and again.

A value is known once it was learned, or was met `MET` times, trusted or not: what is risky is never learned, and would for ever be one kind
with whatever else is new, share its rates and have its precedents. A scan's targets do not come back, so they stay new and one kind. Met
values are in slots; a value that was met often gives its slot up only to many others (as in HeavyKeeper, Yang et al. 2019), so a flood of
targets that are never the same forgets what came once, and hardly what comes for ever.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.traffic.memory import MET_VALUES, UNIT
from detectors.traffic.sketch import keyed, seen

KNOWN = 2.0  # learned events with a value until it is known
MET = 2.0  # times it was there before until it is known though nothing was learned of it
HELD = 0.7  # of a meeting, to the power of how often a value was met, is what another value in its slot takes from it


@unmanaged
def recognise(memory: Any, coarse: Any, learned: Any, known: Any) -> None:
    """Which of the texts that tell an event's kind were learned before, and which are known; meets them."""
    for column in range(len(coarse)):
        if memory.kinds[column]:
            count = seen(memory.sketch, keyed(1, column, coarse[column]))
            learned[column] = count > KNOWN * memory.scalars[UNIT]
            known[column] = met(memory, keyed(15, column, coarse[column])) or learned[column]


@unmanaged
def met(memory: Any, value: Any) -> Any:
    """Whether a value was met often enough before; meets it."""
    place = int(value % np.uint64(MET_VALUES))
    if memory.met_values[place] == value:
        memory.meetings[place] += 1.0
        return memory.meetings[place] > MET
    memory.meetings[place] -= HELD ** memory.meetings[place]
    if memory.meetings[place] <= 0.0:
        memory.met_values[place], memory.meetings[place] = value, 1.0
    return False

"""What an event's views say, each in its own units, and what they come to.

Views are: each column for the whole cohort; each text for this device, starting from the cohort (Dirichlet prior of `PRIOR` events); pairs
of columns (surprises -ln of damped frequencies, in a sketch); what levels and relations say of numbers; rates and targets. Each is
calibrated, and an event's size is the sum of what they say, the loud more than in proportion: many views a little odd are ordinary.
"""

from __future__ import annotations

import math
from typing import Any

from detectors.compiling import unmanaged
from detectors.traffic.calibration import SILENT, binned
from detectors.traffic.memory import UNIT
from detectors.traffic.sketch import add, keyed, mixed, seen

PRIOR = 10.0
LOUD = 3.0  # nats a view says at which half of them count


@unmanaged
def survey(memory: Any, device: Any, fine: Any, coarse: Any, far: Any, total: float, found: Any) -> None:
    """What the sketch's views say of an event: surprises, -ln of damped frequencies with one unseen event added."""
    sketch, pairs, unit = memory.sketch, memory.pairs, memory.scalars[UNIT]
    columns, numbers = len(fine), len(memory.lows)
    top = math.log(total / unit + 1.0)
    mine = seen(sketch, keyed(9, 0, device)) / unit
    for column in range(columns):
        rough = top - math.log(seen(sketch, keyed(1, column, coarse[column])) / unit + 1.0)
        if column < numbers:
            exact = top - math.log(seen(sketch, keyed(0, column, fine[column])) / unit + 1.0)
            found[column] = exact + rough + far[column]
        else:
            own = seen(sketch, keyed(2, column, device ^ coarse[column])) / unit
            found[column] = 2.0 * rough
            found[columns + column - numbers] = -math.log((own + PRIOR * math.exp(-rough)) / (mine + PRIOR))
    first = 2 * columns - numbers
    for column in range(columns):
        if memory.names[column]:
            found[column] = SILENT
            found[columns + column - numbers] = SILENT
    for place in range(len(pairs)):
        one, other = pairs[place, 0], pairs[place, 1]
        if memory.names[one] or memory.names[other]:
            found[first + place] = SILENT
            continue
        key = keyed(3, place, mixed(coarse[one], coarse[other]))
        found[first + place] = top - math.log(seen(sketch, key) / unit + 1.0)


@unmanaged
def discount(memory: Any, near: Any, found: Any) -> None:
    """Rare numbers, alone and in pairs, count less where the device has just been close to them."""
    numbers, pairs = len(near), memory.pairs
    for column in range(numbers):
        found[column] *= near[column]
    first = len(memory.kinds) + memory.view_counts[1]
    for place in range(len(pairs)):
        if pairs[place, 0] < numbers:
            least = near[pairs[place, 0]]
            if pairs[place, 1] < numbers:
                least = max(least, near[pairs[place, 1]])
            found[first + place] *= max(least, 0.0)


@unmanaged
def teach(memory: Any, device: Any, fine: Any, coarse: Any, weight: float) -> None:
    """Count an event in every view of the sketch."""
    sketch, pairs, numbers = memory.sketch, memory.pairs, len(memory.lows)
    add(sketch, keyed(9, 0, device), weight)
    for column in range(len(fine)):
        add(sketch, keyed(1, column, coarse[column]), weight)
        if column < numbers:
            add(sketch, keyed(0, column, fine[column]), weight)
        else:
            add(sketch, keyed(2, column, device ^ coarse[column]), weight)
    for place in range(len(pairs)):
        if memory.names[pairs[place, 0]] or memory.names[pairs[place, 1]]:
            continue
        add(sketch, keyed(3, place, mixed(coarse[pairs[place, 0]], coarse[pairs[place, 1]])), weight)


@unmanaged
def loud(said: float) -> float:
    """What nats count for."""
    return said * said / (said + LOUD)


@unmanaged
def judge(memory: Any, found: Any) -> tuple[float, int]:
    """The event's size, and the view that adds most to it."""
    size, most, speaker = 0.0, 0.0, -1
    for view in range(len(found)):
        if found[view] < 0.0:
            continue
        said = loud(memory.nats[view, binned(found[view])]) * memory.weights[view]
        size += said
        if said > most:
            most, speaker = said, view
    return size, speaker


@unmanaged
def record(memory: Any, found: Any, weight: float) -> None:
    """Count what the views said."""
    for view in range(len(found)):
        if found[view] >= 0.0:
            memory.histograms[view, binned(found[view])] += weight

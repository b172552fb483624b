"""The compiled heart of the plant detector: what the sensors of a machine do together, against its first `TRAIN_ROWS` rows.

Three views of the last rows, each in units of what the same view did while the machine was learned:

* level: the mean of `WINDOW` rows, channel by channel. A channel that drifts by itself (a temperature) has block means that vary more than
  independent rows would; its deviations are discounted by that ratio, so that only a steady machine's channels speak;
* noise: the logarithm of the variance of `WINDOW` rows, channel by channel, the machine's rattle and its sensors' faults;
* correlation: what is left of each channel's level when the other channels have explained it (a row of the inverse of their ridged
  correlations, the regression of one on all others; compare the "unique" T2 of Mason, Tracy & Young 1995), treated as a channel of its
  own, with its own drift: each may be where it often is, but not while the others are there.

An alarm starts above a view's limit, goes on down to `OFF` of it and never below `REST` of the view's recent peak, because a machine comes
back from a big fault to nearly the old state only. A change point is a jump of the mean of `AFTER` rows against the `BEFORE` rows before
them, beyond what such jumps were while learning.

The reference never changes after it is learned: nothing seen later can poison it, and a machine that was rebuilt must be learned anew.
"""

from __future__ import annotations

from typing import Any

from detectors.compiling import compiled
from detectors.plant.judging import changed, look
from detectors.plant.learning import learn, settle
from detectors.plant.memory import TRAIN_ROWS
from detectors.plant.window import put


@compiled
def observe(
    states: Any, places: Any, values: Any, scores: Any, changes: Any, views: Any, speakers: Any, evidence: Any
) -> None:
    """Score each row against its plant's reference, or learn it where that is not yet made."""
    channels = values.shape[1]
    for row in range(len(places)):
        state = states[places[row]]
        put(state, values[row], channels)
        if state.rows < TRAIN_ROWS:
            learn(state, channels)
            if state.rows == TRAIN_ROWS - 1:
                settle(state, channels)
        else:
            size, views[row], speakers[row] = look(state, channels, evidence[row])
            scores[row] = size / (1.0 + size)
            changes[row] = changed(state, channels)
        state.rows += 1

"""Everything an ensemble remembers, as one tuple of arrays that compiled code can take, all of a size that its features fix."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from detectors import conformal
from detectors.autoencoders import gate
from detectors.autoencoders.mapping import MOST, NONE, most_groups
from detectors.autoencoders.network import LANES, rows_of

FITS = (64, 256, 1024)  # trusted events after which the feature map is learned anew, from all of those
KEPT = FITS[-1]
MOST_FEATURES = 128

# The places of `scalars`.
SEED, EVENTS, KEPT_EVENTS, FITTED, GROUPS, LEARNED = range(6)
LAST_US, LIMIT, DIVERGED, EMPTY = range(6, 10)
SCALARS = 10
# The rows of `ranges`: a feature's 5% and 95% quantile, and its least width, as symmetric logarithms less its origin.
LOW, HIGH, LEAST = 0, 1, 2


class Memory(NamedTuple):
    """The arrays of the model, then those of the frozen reference."""

    origin: Any  # of each feature, the symmetric logarithm of its first value: NaN until there is one
    ranges: Any
    places: Any  # the feature of each lane of each group
    units: Any  # hidden units of each group, then of the output
    cells: Any  # the autoencoders' rows, group by group, then the output's
    usual: Any  # the scores of unsuspected events
    bands: Any  # how many odd events there were lately
    kept: Any  # the first trusted events
    scalars: Any
    reference_ranges: Any
    reference_cells: Any


class Work(NamedTuple):
    """What one event needs while it is judged, a row a block of eight: nothing here outlives the event."""

    x: Any
    there: Any
    v: Any
    e: Any
    z: Any
    h: Any


def blocks_of(features: int) -> int:
    """The blocks of eight group errors that the output autoencoder sees."""
    return -(-most_groups(features) // LANES)


def fresh(features: int, seed: int) -> Memory:
    """The memory of nothing."""
    groups = most_groups(features)
    rows = groups * rows_of(1) + rows_of(blocks_of(features))
    scalars = np.zeros(SCALARS)
    scalars[SEED] = float(seed)
    ranges, cells, usual = (
        np.zeros((3, features)),
        np.zeros((rows, LANES), np.float32),
        conformal.scores(1)[0],
    )
    return Memory(
        origin=np.full(features, np.nan),
        ranges=ranges,
        places=np.full((groups, MOST), NONE, np.int64),
        units=np.zeros(groups + 1, np.int64),
        cells=cells,
        usual=usual,
        bands=gate.fresh(),
        kept=np.full((KEPT, features), np.nan, np.float32),
        scalars=scalars,
        reference_ranges=ranges.copy(),
        reference_cells=cells.copy(),
    )


def work_for(features: int) -> Work:
    """Room for one event at a time."""
    rows = most_groups(features) + blocks_of(features)
    x, there, v, e, z = (np.zeros((rows, LANES), np.float32) for _ in range(5))
    return Work(x, there, v, e, z, np.zeros((most_groups(features) + 2, LANES), np.float32))

"""Damped counts of keys in constant memory: a count-min sketch whose two cells of a key share a cache line.

Cormode & Muthukrishnan 2005, with the rows of one key side by side so that a look-up touches memory once. Counts are never too small;
with `n` keys in all they are too large by what about `n / (LINES * CELLS)` others weigh. Compiled; a change here is not noticed by
numba's cache of the callers in other files: delete `__pycache__`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.compiling import unmanaged

LINES, CELLS = 1 << 13, 16
MIX = np.uint64(0x9E3779B97F4A7C15)
LINE_MASK, CELL_MASK = np.uint64(LINES - 1), np.uint64(CELLS // 2 - 1)


@unmanaged
def mixed(a: Any, b: Any) -> Any:
    """Two 64-bit words as one, well spread (the finaliser of splitmix64, Steele et al. 2014)."""
    word = (a ^ (b + MIX + (a << np.uint64(6)) + (a >> np.uint64(2)))) + MIX
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@unmanaged
def keyed(kind: int, column: int, word: Any) -> Any:
    """The key of a word in one of several tables that share the sketch."""
    return mixed(np.uint64(kind * 4096 + column), word)


@unmanaged
def seen(sketch: Any, key: Any) -> float:
    """The damped count of a key."""
    line = key & LINE_MASK
    one = sketch[line, (key >> np.uint64(24)) & CELL_MASK]
    other = sketch[line, np.uint64(CELLS // 2) + ((key >> np.uint64(40)) & CELL_MASK)]
    return float(min(one, other))


@unmanaged
def add(sketch: Any, key: Any, weight: float) -> None:
    """Count a key."""
    line = key & LINE_MASK
    sketch[line, (key >> np.uint64(24)) & CELL_MASK] += np.float32(weight)
    sketch[line, np.uint64(CELLS // 2) + ((key >> np.uint64(40)) & CELL_MASK)] += np.float32(weight)

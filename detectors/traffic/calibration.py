"""How unusual a value is among those learned: histograms as tables of -ln p (views), and as Fenwick trees (sizes of events).

A view's value becomes -ln of its conformal p-value, the share of learned values at least as odd with this one counted (Vovk, Gammerman &
Shafer 2005), read from a table that is made anew for one view every `EVERY` events: a log a bin a look-up would cost most of the time.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import unmanaged

BINS, BIN_NATS = 80, 0.5
EVERY = 4
SILENT = -1.0  # of a view that has nothing to say
TOP = 1.5  # events' weight that makes a bin one of those learned
SIZES, PER_NAT = 512, 40.0  # bins of the logarithm of a size


@unmanaged
def binned(value: float) -> int:
    """The bin of a view's surprise (nats)."""
    return int(min(max(value / BIN_NATS, 0.0), BINS - 1.0))


@unmanaged
def tabulate(histogram: Any, unit: float, nats: Any) -> None:
    """-ln p of each bin; nothing was learned: nothing is said.

    Beyond everything learned (but for the weight of `TOP` events) an exponential tail goes on, a nat a nat: one number far outside, among
    many usual ones, is not lost in their noise.
    """
    total = float(histogram.sum()) / unit
    above = 0.0
    top = -1
    for place in range(BINS - 1, -1, -1):
        above += histogram[place] / unit
        if top < 0 and above >= TOP:
            top = place
        nats[place] = math.log((total + 1.0) / (above + 1.0))
    if top < 0:
        nats[:] = 0.0
        return
    for place in range(top + 2, BINS):
        nats[place] += (place - top - 1) * BIN_NATS


@unmanaged
def sized(size: float) -> int:
    """The bin of an event's size."""
    return int(min(PER_NAT * math.log(1.0 + max(size, 0.0)), SIZES - 1.0))


@unmanaged
def grow(tree: Any, place: int, weight: float) -> None:
    """Count a bin in a Fenwick tree (Fenwick 1994) whose cell 0 holds the total."""
    tree[0] += weight
    at = SIZES - place
    while at <= SIZES:
        tree[at] += weight
        at += at & -at


@unmanaged
def at_least(tree: Any, place: int) -> float:
    """The weight of this bin and of all above it."""
    found, at = 0.0, SIZES - place
    while at > 0:
        found += tree[at]
        at -= at & -at
    return float(found)


@unmanaged
def p_value(tree: Any, place: int, unit: float) -> float:
    """The share of what was counted that was at least as large, with this one."""
    return float((max(at_least(tree, place), 0.0) / unit + 1.0) / (tree[0] / unit + 1.0))


@unmanaged
def quantile(tree: Any, share: float) -> int:
    """The lowest bin that has at most that share of the weight at or above it."""
    wanted, at, step, found = share * tree[0], 0, SIZES, 0.0
    while step > 0:
        if at + step <= SIZES and found + tree[at + step] <= wanted:
            at += step
            found += tree[at]
        step //= 2
    return SIZES - at


def fresh_tree() -> Any:
    """A tree of nothing."""
    return np.zeros(SIZES + 1)

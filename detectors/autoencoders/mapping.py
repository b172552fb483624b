"""Which features go together: the feature map, learned from the first trusted events.

Features are merged by their distance 1 - |correlation|, the two groups with the smallest mean distance first (average linkage, Sokal &
Michener 1958), as long as a group has at most `MOST` features; Kitsune (Mirsky et al. 2018) cuts a dendrogram instead, which leaves many
features alone. Groups go on being merged when nothing correlates, so there are few of them. Features are put in an order of their own
before, by their values in those events, so the columns' order changes nothing; only columns that were equal in all of these events are told
apart by their place. All of it runs a few times in a model's life, in float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled

MOST = 8
NONE = -1
LEAST_PAIRS = 8  # events with both features until their correlation counts


def most_groups(features: int) -> int:
    """The most groups there can be: no two of them fit into one, so all but one have more than half of `MOST` features."""
    return max((features + 1) // (MOST // 2 + 1), 1)


@compiled
def precedes(one: Any, other: Any) -> bool:
    """Whether a feature's values come before another's, by the first event in which they differ; a missing one before any number."""
    for event in range(len(one)):
        a, b = one[event], other[event]
        if a == b or (math.isnan(a) and math.isnan(b)):
            continue
        return bool(math.isnan(a) or a < b)
    return False


@compiled
def ordered(events: Any) -> Any:
    """The columns in an order that their values tell, equal ones by their place (insertion sort: there are few)."""
    found = np.arange(events.shape[1])
    for count in range(1, len(found)):
        column, place = found[count], count
        while place > 0 and precedes(events[:, column], events[:, found[place - 1]]):
            found[place] = found[place - 1]
            place -= 1
        found[place] = column
    return found


@compiled
def correlation(one: Any, other: Any) -> float:
    """Pearson's correlation over the events that have both; 0 where they are few or one does not vary."""
    both = ~(np.isnan(one) | np.isnan(other))
    if both.sum() < LEAST_PAIRS:
        return 0.0
    a, b = one[both].astype(np.float64), other[both].astype(np.float64)
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / size) if size > 1e-12 * len(a) else 0.0


@compiled
def distances(events: Any) -> Any:
    """1 - |correlation| of each two columns."""
    columns = events.shape[1]
    found = np.zeros((columns, columns))
    for one in range(columns):
        for other in range(one):
            apart = 1.0 - abs(correlation(events[:, one], events[:, other]))
            found[one, other] = found[other, one] = apart
    return found


@compiled
def nearest(apart: Any, sizes: Any) -> tuple[int, int]:
    """The two groups that are closest and fit into one, the first of equal ones; none (-1) if no two fit."""
    best, first, second = np.inf, NONE, NONE
    for one in range(len(sizes)):
        for other in range(one + 1, len(sizes)):
            fits = sizes[one] > 0 and sizes[other] > 0 and sizes[one] + sizes[other] <= MOST
            if fits and apart[one, other] < best:
                best, first, second = apart[one, other], one, other
    return first, second


@compiled
def clustered(apart: Any) -> Any:
    """The group of each column, by the number of the group's first column; `apart` is overwritten."""
    columns = len(apart)
    group, sizes = np.arange(columns), np.ones(columns, np.int64)
    while True:
        one, other = nearest(apart, sizes)
        if one == NONE:
            return group
        for third in range(columns):
            mean = sizes[one] * apart[one, third] + sizes[other] * apart[other, third]
            apart[one, third] = apart[third, one] = mean / (sizes[one] + sizes[other])
        group[group == other] = one
        sizes[one], sizes[other] = sizes[one] + sizes[other], 0


@compiled
def map_features(events: Any, places: Any) -> int:
    """Put each column into a lane of `places` (a row a group, -1: none); how many groups there are. `events` has a row an event."""
    order = ordered(events)
    group = clustered(distances(events[:, order]))
    places[:] = NONE
    count = 0
    for first in range(len(order)):
        lane = 0
        for rank in range(len(order)):
            if group[rank] == first:
                places[count, lane] = order[rank]
                lane += 1
        count += lane > 0
    return count

"""The latest usual flows of a tenant: what a finding is compared with in words a person understands."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from detectors.flows.columns import NUMBERS, Flow
from detectors.flows.parameters import USUAL_FLOWS

# Fewer say nothing of what is usual.
FEW = 16
COMMON = 3
LEAST_SPREAD = 0.05


class Extent(NamedTuple):
    """Where all but the 2% farthest of some values are, the median, and the distance from it that a third exceed, in asinh units."""

    low: float
    middle: float
    high: float
    spread: float


class Usual:
    """At most `USUAL_FLOWS` flows, the oldest forgotten first."""

    def __init__(self, flows: Iterable[Flow] = ()) -> None:
        self.flows = deque(flows, maxlen=USUAL_FLOWS)

    def keep(self, flow: Flow) -> None:
        """Remember a flow that was not odd."""
        self.flows.append(flow)

    def common(self, column: str) -> list[tuple[str, float]]:
        """The most frequent words of a column and their shares, most frequent first."""
        counts = Counter(flow.word(column) for flow in self.flows)
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return [(word, counts[word] / len(self.flows)) for word in ranked[:COMMON]]

    def extent(self, column: str) -> Extent | None:
        """Of a number; None where too few flows have it."""
        place = NUMBERS.index(column)
        found = np.sort([value for flow in self.flows if (value := flow.numbers[place]) is not None])
        if len(found) < FEW:
            return None
        low, middle, high = (float(found[int(share * (len(found) - 1))]) for share in (0.01, 0.5, 0.99))
        apart = np.sort(np.abs(np.arcsinh(found) - np.arcsinh(middle)))
        return Extent(low, middle, high, max(float(apart[int(0.68 * (len(apart) - 1))]), LEAST_SPREAD))

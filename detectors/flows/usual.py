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


class Extent(NamedTuple):
    """Where all but the 2% farthest of some values are, the median, and the distance from it that a third exceed, in asinh units."""

    low: float
    middle: float
    high: float
    spread: float


class Usual:
    """At most `USUAL_FLOWS` flows, the oldest forgotten first, each with its device."""

    def __init__(self, flows: Iterable[tuple[str, Flow]] = ()) -> None:
        self.flows = deque(flows, maxlen=USUAL_FLOWS)

    def keep(self, device: str, flow: Flow) -> None:
        """Remember a flow that was not odd."""
        self.flows.append((device, flow))

    def common(self, column: str, device: str = "") -> list[tuple[str, float]]:
        """The most frequent words of a column and their shares, most frequent first; of one device where it is named."""
        said = [flow.word(column) for whose, flow in self.flows if not device or whose == device]
        counts = Counter(said)
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return [(word, counts[word] / len(said)) for word in ranked[:COMMON]]

    def extent(self, column: str) -> Extent | None:
        """Of a number; None where too few flows have it."""
        place = NUMBERS.index(column)
        found = np.array([flow.numbers[place] for _, flow in self.flows if flow.numbers[place] is not None])
        if len(found) < FEW:
            return None
        found.sort()
        squeezed = np.arcsinh(found)
        low, middle, high = (float(found[int(share * (len(found) - 1))]) for share in (0.01, 0.5, 0.99))
        apart = np.sort(np.abs(squeezed - np.arcsinh(middle)))
        return Extent(low, middle, high, max(float(apart[int(0.68 * (len(apart) - 1))]), 0.05))

"""How well scores rank attacks above other events."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def area(found: Floats, attack: Flags) -> float | None:
    """The probability that an attack scores above another event, ties half (Mann & Whitney 1947); none without both."""
    positives, negatives = int(attack.sum()), int((~attack).sum())
    if not positives or not negatives:
        return None
    _, places, counts = np.unique(found, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return float((ranks[attack].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def caught(found: Floats, attack: Flags, false_share: float) -> float | None:
    """The share of attacks above the threshold that at most that share of other events is above; none without both."""
    if attack.all() or not attack.any():
        return None
    others = np.sort(found[~attack])[::-1]
    return float((found[attack] > others[int(false_share * len(others))]).mean())

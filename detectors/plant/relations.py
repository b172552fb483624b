"""How channels explain each other: rows of the inverse of their ridged correlations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from detectors.compiling import compiled
from detectors.plant.memory import BLOCKED, FEWEST, RAW, RIDGE, ROLLED, WINDOW
from detectors.plant.window import drift, still, variance


@compiled
def relate(state: Any, channels: int) -> None:
    """Learn what is left of each channel when the others have explained it, and how much that varies and drifts."""
    spreads = np.zeros(channels)
    for channel in range(channels):
        independent = max(variance(state, RAW, channel), still(state, channel) ** 2)
        spreads[channel] = math.sqrt(independent) * drift(variance(state, BLOCKED, channel), independent)
    inverse = inverted(state, spreads, channels)
    for channel in range(channels):
        for other in range(channels):
            share = inverse[channel, other] / inverse[channel, channel] / spreads[other]
            state.residual[channel, other] = share if state.counts[ROLLED, other] >= FEWEST else 0.0
        independent = max(form(state, RAW, channel, channels), 1e-4)
        rolled = max(form(state, ROLLED, channel, channels), independent / WINDOW)
        blocked = form(state, BLOCKED, channel, channels)
        state.residual_scale[channel] = math.sqrt(rolled) * drift(blocked, independent)


@compiled
def form(state: Any, statistic: int, channel: int, channels: int) -> float:
    """The learned variance of a channel's residual, as a statistic sees it."""
    total = 0.0
    for one in range(channels):
        for other in range(channels):
            product = state.products[statistic, one, other] / max(state.counts[statistic, one], 1.0)
            total += state.residual[channel, one] * state.residual[channel, other] * product
    return float(max(total, 0.0))


@compiled
def inverted(state: Any, spreads: Any, channels: int) -> Any:
    """The inverse of the levels' ridged correlations (Gauss-Jordan: positive definite, so no pivoting)."""
    matrix, inverse = np.zeros((channels, channels)), np.eye(channels)
    for one in range(channels):
        for other in range(channels):
            count = max(state.counts[RAW, one], 1.0)
            matrix[one, other] = state.products[RAW, one, other] / count / spreads[one] / spreads[other]
        matrix[one, one] += RIDGE
    for row in range(channels):
        pivot = max(matrix[row, row], RIDGE / 2)
        matrix[row] /= pivot
        inverse[row] /= pivot
        for other in range(channels):
            if other != row:
                factor = matrix[other, row]
                matrix[other] -= factor * matrix[row]
                inverse[other] -= factor * inverse[row]
    return inverse

"""Half-space trees: the drawn trees, the counted masses, and one pass that scores and learns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.trees import kernel
from schemas.errors import Rejected

PADDING = 0.15


class HalfSpaceTrees:
    """An anomaly score in [0, 1] (1: nothing like it in the last window) for rows of numbers, equal to river's for equal arguments.

    Columns are river's features in the order of their sorted names; `limits` are each column's smallest and largest expected value (river's
    default is 0 and 1). Scores are 0 until one window is learned. Not for floods: what comes often in a window is normal in the next,
    unless its rows are left out of learning. Rejected for arguments that make no tree.
    """

    def __init__(
        self,
        limits: Sequence[tuple[float, float]],
        n_trees: int = 10,
        height: int = 8,
        window_size: int = 250,
        seed: int = 0,
    ) -> None:
        if not limits or any(not low < high for low, high in limits):
            raise Rejected("no_range", "limits", "each column needs a smallest and a larger largest value")
        if min(n_trees, height, window_size) < 1 or height > 20:
            raise Rejected("no_tree", "height", "trees, height and window are at least 1, height at most 20")
        self.height, self.window_size, self.columns = height, window_size, len(limits)
        nodes = 2 ** (height + 1) - 1
        self.features = np.zeros((n_trees, nodes), np.uint32)
        self.thresholds = np.zeros((n_trees, nodes))
        self.mass = np.zeros((n_trees, nodes), np.int32)
        self.reference = np.zeros((n_trees, nodes), np.int32)
        self.counters = np.zeros(2, np.int64)
        draw = random.Random(seed)  # noqa: S311 - river's own generator: the trees must be its trees
        for tree in range(n_trees):
            self._grow(tree, 0, height, list(limits), draw)

    def observe(self, values: Any, learned: Any = True) -> npt.NDArray[np.float64]:
        """Score rows, then learn each: river's `score_one` followed by `learn_one`, row by row.

        `learned` is True, or a flag a row that says which to learn: the gate that keeps a flood out. The inputs are not changed.
        """
        rows = np.ascontiguousarray(values, np.float64)
        if rows.ndim != 2 or rows.shape[1] != self.columns:
            raise Rejected("wrong_shape", "values", f"not rows of {self.columns} columns")
        flags = np.ascontiguousarray(
            np.broadcast_to(np.asarray(learned, np.bool_), len(rows)).astype(np.int32)
        )
        scores = np.zeros(len(rows))
        kernel.observe(
            self.features,
            self.thresholds,
            self.mass,
            self.reference,
            self.counters,
            self.height,
            self.window_size,
            rows,
            flags,
            scores,
        )
        return scores

    def _grow(
        self, tree: int, node: int, height: int, limits: list[tuple[float, float]], draw: random.Random
    ) -> None:
        """Draw a subtree as river draws it: depth first, a feature in proportion to its range, a split within its middle."""
        if height == 0:
            return
        weights = [high - low for low, high in limits]
        column = draw.choices(range(len(limits)), weights=weights)[0]
        low, high = limits[column]
        at = draw.uniform(low + PADDING * (high - low), high - PADDING * (high - low))
        self.features[tree, node], self.thresholds[tree, node] = column, at
        for child, part in ((2 * node + 1, (low, at)), (2 * node + 2, (at, high))):
            limits[column] = part
            self._grow(tree, child, height - 1, limits, draw)
        limits[column] = (low, high)

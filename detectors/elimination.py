"""Gauss-Jordan elimination without pivoting: the inverse of a positive definite matrix, with the same operations everywhere.

No linear algebra library: its results differ in the last bits from one machine to another, and a replay must not.
"""

from __future__ import annotations

from typing import Any

from detectors.compiling import compiled


@compiled
def eliminate(work: Any, inverse: Any) -> None:
    """Turn `work` into the identity, and `inverse`, the identity before, into what `work` was the inverse of."""
    for pivot in range(len(work)):
        scale = 1.0 / work[pivot, pivot]
        work[pivot] *= scale
        inverse[pivot] *= scale
        for row in range(len(work)):
            if row != pivot:
                factor = work[row, pivot]
                work[row] -= factor * work[pivot]
                inverse[row] -= factor * inverse[pivot]

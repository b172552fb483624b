"""Whether devices are still of the cohorts that they were enrolled with: asked of every batch, and hardly ever answered with yes."""

from __future__ import annotations

from typing import Any

from detectors.compiling import unmanaged
from detectors.silence.compiled import Ints


@unmanaged
def has_moved(heads: Any, block_heads: Any, cohorts: Ints, slots: Ints) -> bool:
    """Whether one of these devices (`heads`) is of another cohort than the block says; `cohorts` are by the block's numbers."""
    for slot in slots:  # noqa: SIM110 - compiled code has no generators
        if heads[slot].cohort != cohorts[block_heads[slot].cohort]:
            return True
    return False

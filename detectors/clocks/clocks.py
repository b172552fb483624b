"""What is known of the clocks of a block's devices: nothing of those that are right."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.name_table import Ints
from detectors.clocks import kernel
from detectors.clocks.parameters import DEFAULTS, Parameters


class Clocks:
    """24 bytes a device, by slot; zeros for a device whose newest report was prompt."""

    def __init__(self, parameters: Parameters = DEFAULTS) -> None:
        self.parameters = parameters
        self.used = 0
        self.heads = np.zeros(0, kernel.HEAD)

    @property
    def wrong(self) -> int:
        """How many devices are told to have a wrong clock now."""
        return int(np.count_nonzero(self.heads["told"][: self.used]))

    def observe(
        self, slots: Ints, times_us: Ints, received_us: Ints, cohorts: npt.NDArray[np.int32], places: Ints
    ) -> npt.NDArray[Any]:
        """Learn reports in the order in which they came, and return findings (`kernel.FOUND`).

        `cohorts` is the cohort of every slot known, `places` of every cohort (last: of none, -1). The same rows give the same
        findings and state, wherever batches are cut, while devices stay at their places.
        """
        if not len(slots):
            return np.empty(0, kernel.FOUND)
        self.reserve(max(int(slots.max()) + 1, self.used))
        found = np.empty(len(slots), kernel.FOUND)
        number = kernel.observe(
            *(self.heads, cohorts, places, self.used, slots, times_us, received_us, found, self.parameters)
        )
        return found[:number]

    def reserve(self, used: int) -> None:
        """Make room for so many devices."""
        self.used = used
        if used > len(self.heads):
            grown = np.zeros(1 << (used - 1).bit_length(), kernel.HEAD)
            grown[: len(self.heads)] = self.heads
            self.heads = grown

    def keep(self, slots: Ints) -> None:
        """Forget all devices but these, which move together in their order (as `Names.keep` does)."""
        slots = slots[slots < self.used]
        self.heads[: len(slots)] = self.heads[slots]
        self.heads[len(slots) :] = np.zeros((), kernel.HEAD)
        self.used = len(slots)

"""One partition's baselines: arrays indexed by device slot and metric column, growing; no Python object a device but its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline.kernel import CELL, FOUND, NONE, score
from detectors.baseline.parameters import DEFAULTS, Parameters

FIRST_SLOTS = 256
Column = npt.NDArray[np.int64]
Cohort = tuple[str, str, str]


class Block:
    """The baselines of some devices. `device_slots` maps (tenant, device) to a slot, `metric_columns` a metric to a column of `cells`.

    Slots and columns are given in the order of first appearance, so the same input always gives the same block. `parameters` stay the
    same for its life.
    """

    def __init__(self, parameters: Parameters = DEFAULTS) -> None:
        self.parameters = parameters
        self.device_slots: dict[tuple[str, str], int] = {}
        self.metric_columns: dict[str, int] = {}
        self.cohort_numbers: dict[Cohort, int] = {}
        self.cells = np.zeros((FIRST_SLOTS, 0), CELL)
        self.last_us = np.zeros(FIRST_SLOTS, np.int64)
        self.cohorts = np.full(FIRST_SLOTS, -1, np.int32)
        self.scored = 0
        self.late = 0

    def slot(self, tenant: str, device: str) -> int:
        """The slot of a device, a new one where it was never seen."""
        slot = self.device_slots.setdefault((tenant, device), len(self.device_slots))
        if slot >= len(self.last_us):
            self._grow(slots=2 * len(self.last_us))
        return slot

    def column(self, metric: str) -> int:
        """The column of a metric, a new one where it was never seen."""
        column = self.metric_columns.setdefault(metric, len(self.metric_columns))
        if column >= self.cells.shape[1]:
            self._grow(metrics=column + 1)
        return column

    def join(self, slot: int, cohort: Cohort) -> None:
        """The device in `slot` now belongs to this cohort (tenant, model, site)."""
        self.cohorts[slot] = self.cohort_numbers.setdefault(cohort, len(self.cohort_numbers))

    def score(
        self, slots: Column, times_us: Column, values: npt.NDArray[np.float64], metrics: Column
    ) -> npt.NDArray[Any]:
        """Score and learn rows in the order given (see `kernel.score`); returns the findings, in that order."""
        found = np.empty(values.size, FOUND)
        number, late = score(
            self.cells, self.last_us, slots, times_us, values, metrics, found, self.parameters
        )
        self.late += late
        self.scored += len(slots) - late
        return found[:number]

    def peers(self, slot: int, column: int, time_us: int) -> tuple[int, int]:
        """How many devices of the same cohort reported this metric lately, and how many of them have left their own baseline as well.

        Only devices of this partition are seen: with P partitions about one in P of the cohort.
        """
        p = self.parameters
        cells = self.cells[: len(self.device_slots), column]
        last = self.last_us[: len(self.device_slots)]
        mine = self.cohorts[: len(self.device_slots)] == self.cohorts[slot]
        mine[slot] = False
        fresh = mine & (np.abs(last - time_us) < p.peer_fresh_s * 1e6) & (cells["count"] >= p.warm_up)
        changed = fresh & ((np.abs(cells["z"]) >= p.peer_changed_z) | (cells["active"] != NONE))
        return int(fresh.sum()), int(changed.sum())

    def _grow(self, slots: int | None = None, metrics: int | None = None) -> None:
        rows, columns = slots or self.cells.shape[0], metrics or self.cells.shape[1]
        cells = np.zeros((rows, columns), CELL)
        cells[: self.cells.shape[0], : self.cells.shape[1]] = self.cells
        more = rows - len(self.last_us)
        self.cells = cells
        self.last_us = np.concatenate([self.last_us, np.zeros(more, np.int64)])
        self.cohorts = np.concatenate([self.cohorts, np.full(more, -1, np.int32)])

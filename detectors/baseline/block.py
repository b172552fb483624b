"""One partition's baselines: a row of numbers a device, growing up to a bound; no Python object a device or a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.baseline import cohort as cohort_days
from detectors.baseline import row
from detectors.baseline.batch import Batch
from detectors.baseline.finding import FOUND
from detectors.baseline.kernel import score
from detectors.baseline.moment import TABLE
from detectors.baseline.name_table import Ints
from detectors.baseline.names import FIRST_SLOTS, Names
from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.baseline.peers import count_members, count_peers
from detectors.baseline.renewal import HEAD

# What a block may grow to: about a million devices with eight metrics.
MOST_BYTES = 1 << 30
# Devices are forgotten this share of the bound at a time, so that moving the others is paid for rarely.
FORGOTTEN_SHARE = 8
MOST_METRICS = 256
MOST_COHORTS = 65_536
MOST_PEERS = 1000
OVERHEAD_BYTES = 64
MOVED_AT_ONCE = 4096
Cohort = tuple[str, str, str]


class Block:
    """The baselines of some devices: `names` gives a device its slot, `metric_columns` a metric its column.

    Slots and columns are given in the order of first appearance, so the same batches always give the same block. Where new devices would
    take it over `most_bytes`, those that were silent longest are forgotten and counted in `forgotten`; they start anew if they come
    back. Metrics beyond `MOST_METRICS` have no baseline; `unmodelled` counts their values. `parameters` stay the same for its life.
    `followers` are told which slots are kept, ascending, where devices are forgotten: what else is kept by slot moves with them.
    """

    def __init__(self, parameters: Parameters = DEFAULTS, most_bytes: int = MOST_BYTES) -> None:
        self.parameters = parameters
        self.most_bytes = most_bytes
        self.names = Names()
        self.metric_columns: dict[str, int] = {}
        self.cohort_numbers: dict[Cohort, int] = {}
        self.groups = 0
        self.cells = np.zeros((0, row.LANES), np.float32)
        self.heads = np.zeros(FIRST_SLOTS, HEAD)
        # Told of the slots that stay, in their new order, when devices are forgotten.
        self.followers: list[Callable[[Ints], None]] = []
        self.cohorts = cohort_days.make(0, 1)
        self._cohort_groups = 1
        self.scored = self.late = self.infinite = self.unmodelled = self.forgotten = 0

    @property
    def devices(self) -> int:
        """How many devices it knows."""
        return self.names.used

    @property
    def most_devices(self) -> int:
        """How many devices it may know with as many metrics as there are."""
        return max(self.most_bytes // (self._height * row.LANES * 4 + OVERHEAD_BYTES), 1)

    @property
    def _height(self) -> int:
        return self.groups * row.FIELDS

    def column(self, metric: str) -> int:
        """The column of a metric, a new one where it was never seen; -1 where there are too many."""
        column = self.metric_columns.get(metric)
        if column is None:
            if len(self.metric_columns) >= MOST_METRICS:
                return -1
            column = self.metric_columns[metric] = len(self.metric_columns)
            if column >= self.groups * row.LANES:
                self._widen()
        return column

    def cohort(self, cohort: Cohort) -> int:
        """The number of a cohort (tenant, model, site), a new one where it was never seen; -1 (no peers) where there are too many."""
        number = self.cohort_numbers.get(cohort, -1)
        if number < 0 and len(self.cohort_numbers) < MOST_COHORTS - 1:
            whole = (cohort[0], "", "")
            parent = number if cohort == whole else self.cohort(whole)
            number = self.cohort_numbers[cohort] = len(self.cohort_numbers)
            self._hold_cohorts()
            if number < cohort_days.MOST_COHORTS:
                self.cohorts.parents[number + 1] = (number if cohort == whole else parent) + 1
        return number

    def slots(
        self,
        tenants: Ints,
        codes: npt.NDArray[np.int32],
        offsets: npt.NDArray[np.int32],
        data: npt.NDArray[np.uint8],
    ) -> Ints:
        """The slot of each row's device (`codes` are places in Arrow's dictionary); makes room for those never seen."""
        slots, missing = self.names.look_up(tenants, codes, offsets, data)
        if missing:
            new = len(np.unique(tenants[slots < 0] << 32 | codes[slots < 0]))
            if self.devices + new > self.most_devices and self.devices:
                self._forget(max(self.devices // FORGOTTEN_SHARE, self.devices + new - self.most_devices))
                slots, _ = self.names.look_up(tenants, codes, offsets, data)
            self.names.add(tenants, codes, offsets, data, slots)
            self._lengthen()
        return slots

    def score(self, order: Ints, batch: Batch, columns: Ints) -> npt.NDArray[Any]:
        """Score and learn the rows in this order (see `kernel.score`); `batch.values[i]` is metric column `columns[i]`."""
        sources = np.full(self.groups * row.LANES, -1, np.int64)
        sources[columns] = np.arange(len(columns))
        found = np.empty(len(order) * (1 + 2 * self.groups * row.LANES), FOUND)
        number, late, infinite = score(
            self.cells,
            self.groups,
            self.heads,
            self.cohorts,
            order,
            batch,
            sources,
            TABLE,
            found,
            np.empty((3, row.LANES), np.float32),
            self.parameters,
        )
        self.late += late
        self.infinite += infinite
        self.scored += len(order) - late
        return found[:number]

    def peers(self, slot: int, column: int, time_us: int) -> tuple[int, int]:
        """How many devices of the same cohort reported this metric lately, and how many of them have left their own baseline as well.

        Only devices of this partition are seen, with P partitions about one in P of the cohort, and at most `MOST_PEERS` of them.
        """
        fresh, changed = count_peers(
            self.cells,
            self.groups,
            self.heads,
            self.devices,
            slot,
            column,
            time_us,
            MOST_PEERS,
            self.parameters,
        )
        return fresh, changed

    def numbers(self, tenant: str, device: str, metric: str) -> dict[str, float] | None:
        """What is known of one metric of one device, by the names of `row`; None where the device or the metric was never seen."""
        slot, column = self.names.one(tenant, device), self.metric_columns.get(metric)
        if slot is None or column is None:
            return None
        start = slot * self._height + column // row.LANES * row.FIELDS
        lane = self.cells[start : start + row.FIELDS, column % row.LANES]
        return dict(zip(row.NAMES, lane.tolist(), strict=True))

    def used_cells(self) -> npt.NDArray[np.float32]:
        """The rows of all devices, without the room behind them."""
        return self.cells[: self.devices * self._height]

    def cohort_arrays(self) -> list[npt.NDArray[Any]]:
        """What is known of the cohorts, without the room behind it."""
        known = min(len(self.cohort_numbers), cohort_days.MOST_COHORTS) + 1
        return [array[: len(array) // len(self.cohorts.days) * known] for array in self.cohorts]

    def reserve(self, devices: int, text: int, groups: int) -> None:
        """Make room in an empty block for so many devices with names of `text` bytes and so many groups of metrics."""
        self.groups = groups
        self.names.reserve(devices, text)
        self._lengthen()
        self._hold_cohorts()

    def _lengthen(self) -> None:
        size = len(self.names.names)
        if size > len(self.heads):
            heads = np.zeros(size, HEAD)
            heads[: len(self.heads)] = self.heads
            self.heads = heads
        if size * self._height > len(self.cells):
            cells = np.zeros((size * self._height, row.LANES), np.float32)
            cells[: len(self.cells)] = self.cells
            self.cells = cells

    def _hold_cohorts(self) -> None:
        """Make room for the cohorts and groups of metrics there are, the cohorts' a power of two."""
        cohorts = min(len(self.cohort_numbers), cohort_days.MOST_COHORTS)
        groups = max(min(self.groups, cohort_days.MOST_GROUPS), 1)
        held = len(self.cohorts.days) - 1
        if cohorts > held or groups > self._cohort_groups:
            room = max(held, 1 << max(cohorts - 1, 0).bit_length())
            self.cohorts = cohort_days.grown(self.cohorts, room, groups, self._cohort_groups)
            self._cohort_groups = groups

    def _widen(self) -> None:
        size, before = len(self.heads), self.groups
        cells = np.zeros((size, before + 1, row.FIELDS, row.LANES), np.float32)
        cells[:, :before] = self.cells.reshape(size, before, row.FIELDS, row.LANES)
        self.groups = before + 1
        self.cells = cells.reshape(-1, row.LANES)
        self._hold_cohorts()
        if self.devices > self.most_devices:
            self._forget(self.devices - self.most_devices)

    def _forget(self, number: int) -> None:
        """Forget the devices that were silent longest; the others move together."""
        used, number = self.devices, min(number, self.devices)
        oldest = np.argsort(self.heads["last_us"][:used], kind="stable")[:number]
        stays = np.ones(used, np.bool_)
        stays[oldest] = False
        kept = np.flatnonzero(stays)
        rows = self.cells.reshape(len(self.heads), self._height * row.LANES)
        for array in (self.heads, rows):
            for at in range(0, len(kept), MOVED_AT_ONCE):
                some = kept[at : at + MOVED_AT_ONCE]
                array[at : at + len(some)] = array[some]
            array[len(kept) : used] = np.zeros((), array.dtype)
        self.names.keep(kept)
        for follower in self.followers:
            follower(kept)
        self.forgotten += number
        count_members(self.heads[: len(kept)], self.cohorts.members)

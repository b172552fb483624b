"""One partition's cohorts and the places of devices in them: arrays that grow up to a bound."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors import conformal
from detectors.baseline.name_table import Ints
from detectors.cohorts import kernel, row
from detectors.cohorts.arrays import Fleet, Model, Reports, Work
from detectors.cohorts.chance import STREAMS
from detectors.cohorts.parameters import DEFAULTS, MOST_COHORTS, MOST_GROUPS, Parameters

Floats = npt.NDArray[np.float32]
# A cohort: the number that tenant, model and site have in the block, and the firmware.
Key = tuple[int, str]


class Cohorts:
    """Devices are the slots of a block. A cohort starts from the one that its tenant, model and site had before (another firmware), with
    a few reports' weight. More than `MOST_COHORTS` have no model, nor metric columns after the first 32; `unmodelled` counts such rows.
    """

    def __init__(self, parameters: Parameters = DEFAULTS) -> None:
        self.parameters = parameters
        self.numbers: dict[Key, int] = {}
        self.devices = self.groups = 0
        self.unmodelled = 0
        self.member_heads = np.zeros(0, row.MEMBER)
        self.members = np.zeros((0, row.LANES), np.float32)
        self.cohort_heads = np.zeros(0, row.COHORT)
        self.cells = np.zeros((0, row.LANES), np.float32)
        self.kept, self.levels = conformal.scores(0), conformal.levels(0)
        # Covariance; directions and one over their variances; the same of the reference, and the variances of its deviations.
        self.model: tuple[Floats, ...] = tuple(np.zeros((0, row.LANES), np.float32) for _ in range(6))

    def number(self, key: Key, tenant: int = 0) -> int:
        """The number of a cohort of a tenant, a new one where it was never seen; -1 where there are too many."""
        known = self.numbers.get(key)
        if known is not None:
            return known
        if len(self.numbers) >= MOST_COHORTS:
            return -1
        before = [number for (block, _), number in self.numbers.items() if block == key[0]]
        number = self.numbers[key] = len(self.numbers)
        self.reserve(0, len(self.numbers), self.groups)
        if before:
            self._inherit(number, before[-1])
        self.cohort_heads["tenant"][number] = tenant
        return number

    def observe(
        self,
        order: Ints,
        slots: Ints,
        homes: Ints,
        times_us: Ints,
        values: Floats,
        columns: Ints,
        uptimes_s: Floats | None = None,
    ) -> tuple[npt.NDArray[Any], Floats]:
        """Judge and learn rows in this order: findings, and of each row the scores (see `kernel.observe`).

        `uptimes_s` is how long each row's device has run, NaN where it does not say; without it none does.
        """
        found, scores = np.empty(0, row.FOUND), np.zeros((len(order), 3), np.float32)
        if not len(order):
            return found, scores
        if uptimes_s is None:
            uptimes_s = np.full(len(slots), np.nan, np.float32)
        groups = min(int(columns.max(initial=-1)) // row.LANES + 1, MOST_GROUPS)
        self.reserve(int(slots.max()) + 1, len(self.numbers), max(groups, self.groups))
        self.devices = max(self.devices, int(slots.max()) + 1)
        self.unmodelled += int(np.count_nonzero(homes < 0))
        sources = np.full(max(self.groups * row.LANES, int(columns.max(initial=-1)) + 1), -1, np.int64)
        sources[columns] = np.arange(len(columns))
        # Not zeros: clearing megabytes a batch costs as much as judging it, and the kernel writes every field of what it finds.
        found = np.empty(len(order) * (self.groups * row.LANES * 2 + 2), row.FOUND)
        number = kernel.observe(
            Fleet(*(self.members, self.member_heads, self.cells, self.cohort_heads, self.kept, self.levels)),
            Model(*self.model),
            self._work(),
            Reports(order, slots, homes, times_us, values, uptimes_s, sources),
            found,
            scores,
            self.parameters,
        )
        return found[:number], scores

    def _work(self) -> Work:
        size = self.groups * row.LANES
        return Work(
            np.empty((3, row.LANES), np.float32),
            np.empty((self.groups, row.LANES), np.float32),
            np.empty((max(2 * size, 2 * row.LANES), max(size, row.LANES))),
        )

    def keep(self, slots: Ints) -> None:
        """Forget all devices but these, which move together in their order (as `Names.keep` does)."""
        slots = slots[slots < len(self.member_heads)]
        height = (self.groups + 1) * row.MEMBER_FIELDS * row.LANES
        rows = self.members.reshape(len(self.member_heads), height)
        for array in (self.member_heads, rows):
            array[: len(slots)] = array[slots]
            array[len(slots) :] = np.zeros((), array.dtype)
        self.devices = len(slots)
        self._recount()

    def reserve(self, devices: int, cohorts: int, groups: int) -> None:
        """Make room for so many devices, cohorts and groups of metrics; what is known moves along."""
        wider = groups != self.groups
        devices = _room(devices, len(self.member_heads), 256)
        cohorts = _room(cohorts, len(self.cohort_heads), 8)
        if wider or devices > len(self.member_heads):
            self.members = _laid_out(
                self.members, (len(self.member_heads), self.groups), (devices, groups), row.MEMBER_FIELDS
            )
            self.member_heads = _longer(self.member_heads, devices)
        if wider or cohorts > len(self.cohort_heads):
            self._reserve_cohorts(cohorts, groups)
        self.groups = groups

    def _reserve_cohorts(self, cohorts: int, groups: int) -> None:
        before = len(self.cohort_heads)
        self.cells = _laid_out(self.cells, (before, self.groups), (cohorts, groups), row.COHORT_FIELDS)
        self.kept = _longer(self.kept, cohorts * STREAMS)
        known = before * STREAMS
        self.levels = np.concatenate([self.levels[:known], conformal.levels(cohorts * STREAMS - known)])
        covariance, basis, inverse, reference_basis, reference_inverse, own = self.model
        old, new = self.groups, groups
        wide = np.zeros((cohorts, new * row.LANES, new, row.LANES), np.float32)
        wide[:before, : old * row.LANES, :old] = covariance.reshape(before, old * row.LANES, old, row.LANES)
        owns = np.zeros((cohorts, new, row.LANES), np.float32)
        owns[:before, :old] = own.reshape(before, old, row.LANES)
        bases = []
        for one in (basis, reference_basis):
            grown = np.zeros((cohorts, new * row.LANES, row.LANES), np.float32)
            grown[:before, : old * row.LANES] = one.reshape(before, old * row.LANES, row.LANES)
            bases.append(grown.reshape(-1, row.LANES))
        self.model = (
            wide.reshape(-1, row.LANES),
            bases[0],
            _longer(inverse, cohorts),
            bases[1],
            _longer(reference_inverse, cohorts),
            owns.reshape(-1, row.LANES),
        )
        self.cohort_heads = _longer(self.cohort_heads, cohorts)

    def used(self) -> tuple[npt.NDArray[Any], ...]:
        """All arrays as far as they are used, as views, in the order of a snapshot."""
        cohorts, most = len(self.numbers), max(len(self.cohort_heads), 1)
        shared = (self.cohort_heads, self.cells, self.kept, self.levels, *self.model)
        height = (self.groups + 1) * row.MEMBER_FIELDS
        return (
            self.member_heads[: self.devices],
            self.members[: self.devices * height],
            *(array[: len(array) // most * cohorts] for array in shared),
        )

    def _inherit(self, number: int, before: int) -> None:
        """Start a cohort from another: what is usual, but not where its devices are nor who is outside."""
        parts: tuple[npt.NDArray[Any], ...] = (
            self.cells,
            self.kept,
            self.levels,
            *self.model,
            self.cohort_heads,
        )
        for array in parts:
            share = len(array) // len(self.cohort_heads)
            array[number * share : (number + 1) * share] = array[before * share : (before + 1) * share]
        cells = self.cells.reshape(len(self.cohort_heads), self.groups + 1, row.COHORT_FIELDS, row.LANES)
        cells[number, :, [row.OUTSIDE, row.SHIFT_AGE, row.BIAS, row.NEAR]] = 0
        cells[number, :-1, row.COUNT] = np.minimum(cells[number, :-1, row.COUNT], 8)
        head = self.cohort_heads[number]
        head["first_us"] = head["last_us"] = head["reports"] = head["active"] = head["diverged"] = 0
        head["reference_rest"] = 0

    def _recount(self) -> None:
        """Count who is outside, after devices were forgotten."""
        fields = self.members.reshape(-1, self.groups + 1, row.MEMBER_FIELDS, row.LANES)
        cells = self.cells.reshape(-1, self.groups + 1, row.COHORT_FIELDS, row.LANES)
        cells[:, :, row.OUTSIDE] = 0
        known = np.flatnonzero(self.member_heads["reports"] > 0)
        np.add.at(cells[:, :, row.OUTSIDE], self.member_heads["cohort"][known], fields[known, :, row.RUN] > 0)


def _room(wanted: int, there: int, least: int) -> int:
    """Twice as much each time."""
    return there if wanted <= there else max(1 << (wanted - 1).bit_length(), least)


def _longer(array: npt.NDArray[Any], rows: int) -> npt.NDArray[Any]:
    grown = np.zeros((rows, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def _laid_out(array: Floats, old: tuple[int, int], new: tuple[int, int], fields: int) -> Floats:
    """Rows of (count, groups and one more, fields, lanes) with more of both; the last group stays the last."""
    grown = np.zeros((new[0], new[1] + 1, fields, row.LANES), np.float32)
    before = array.reshape(old[0], old[1] + 1, fields, row.LANES)
    grown[: old[0], : old[1]] = before[:, : old[1]]
    grown[: old[0], -1] = before[:, -1]
    return grown.reshape(-1, row.LANES)

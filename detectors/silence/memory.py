"""What is kept of the reports of some devices, and to which cohorts and places they belong."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.silence import layout, sweeping, week
from detectors.silence.compiled import Ints
from detectors.silence.layout import GROUPED, LATE, NEXT, NOW, SILENT, SILENT_NOW, STANDING
from detectors.silence.parameters import DEFAULTS, Parameters
from schemas.errors import Rejected

MOST_GROUPS = 65_535


class Memory:
    """64 bytes a device, a few hundred a cohort, some dozens a place.

    Devices are slots that the caller gives. `enrol` says which cohort (devices that should behave alike: what a new one starts from) and
    which place (what can fail as one: gateway or site) a device belongs to, as numbers from 1 on; 0 is none.
    """

    def __init__(self, parameters: Parameters = DEFAULTS) -> None:
        self.parameters = parameters
        self.used = 0
        self.heads = np.zeros(0, layout.HEAD)
        self.hours = np.zeros((0, week.HOURS_BYTES), np.uint8)
        self.cohorts = np.zeros(1, layout.COHORT)
        self.cohort_hours = np.zeros((1, week.COHORT_CELLS), np.uint8)
        self.places = np.zeros(1, layout.PLACE)
        self.soons = np.zeros(0, np.int64)
        self.totals = np.zeros(layout.TOTALS, np.int64)
        self._by_place: tuple[Ints, Ints] | None = None

    @property
    def late(self) -> int:
        """How many rows told nothing."""
        return int(self.totals[LATE])

    @property
    def silent(self) -> int:
        """How many devices are silent now, by themselves or with their group."""
        return int(self.totals[SILENT_NOW])

    @property
    def now_us(self) -> int:
        """The time up to which silence was looked for."""
        return int(self.totals[NOW])

    def enrol(self, slots: Any, cohorts: Any, places: Any) -> None:
        """Say to which cohort and place devices belong, before their first report; again when that changes. Makes room for new slots.

        Rejected, with nothing changed, for a number that isn't one of 0 to 65,535 or a negative slot.
        """
        which = np.ascontiguousarray(slots, np.int64)
        groups, rooms = np.ascontiguousarray(cohorts, np.int64), np.ascontiguousarray(places, np.int64)
        if not len(which) == len(groups) == len(rooms):
            raise Rejected("wrong_length", "slots", "slots, cohorts and places are not equally many")
        if not len(which):
            return
        for name, numbers, most in (
            ("slots", which, 1 << 40),
            ("cohorts", groups, MOST_GROUPS),
            ("places", rooms, MOST_GROUPS),
        ):
            if numbers.min() < 0 or numbers.max() > most:
                raise Rejected("out_of_range", name, f"has a number that is not one of 0 to {most}")
        self._reserve(int(which.max()) + 1, int(groups.max()) + 1, int(rooms.max()) + 1)
        self.heads["cohort"][which], self.heads["place"][which] = groups, rooms
        self._by_place = None

    def keep(self, slots: Ints) -> None:
        """Forget all devices but these, which move together in their order (as `Names.keep` does); a forgotten silence is not told."""
        count = len(slots)
        self.heads[:count], self.hours[:count] = self.heads[slots], self.hours[slots]
        self.heads[count:], self.hours[count:] = np.zeros((), layout.HEAD), 0
        self.used = count
        self.totals[SILENT_NOW] = int(np.count_nonzero(self.heads["status"] & SILENT))
        chunks = -(-count // layout.CHUNK)
        self.soons[:chunks], self.soons[chunks:], self.totals[NEXT] = 0, layout.FAR_US, 0
        self._by_place = None
        self._follow_places(slots)

    def _follow_places(self, slots: Ints) -> None:
        """What is out goes on with those of its devices that were kept; nobody tells of an outage whose lead was forgotten."""
        out = np.flatnonzero(self.places["is_out"])
        missing = np.bincount(
            self.heads["place"][: self.used][self.heads["status"][: self.used] & STANDING == GROUPED],
            minlength=len(self.places),
        )
        for number in out.tolist():
            place = self.places[number]
            at = int(np.searchsorted(slots, place["lead"]))
            place["lead"] = at if at < len(slots) and slots[at] == place["lead"] else -1
            place["members"] = missing[number] + place["back"]
            place["is_out"] = missing[number] > 0

    def members(self, place: int) -> Ints:
        """The slots of a place, ascending; sorted out once after devices were enrolled."""
        if self._by_place is None:
            places = self.heads["place"][: self.used]
            order = np.argsort(places, kind="stable")
            self._by_place = order, np.searchsorted(places[order], np.arange(len(self.places) + 1))
        order, starts = self._by_place
        return order[starts[place] : starts[place + 1]]

    def tell(self, slots: npt.NDArray[Any], flags: int) -> None:
        """Note that devices were told as silent."""
        sweeping.tell(self.heads, slots, flags)
        self.totals[SILENT_NOW] += len(slots)

    def _reserve(self, slots: int, cohorts: int, places: int) -> None:
        self.used = max(self.used, slots)
        if slots > len(self.heads):
            room = 1 << (slots - 1).bit_length()
            self.heads, self.hours = longer(self.heads, room), longer(self.hours, room)
            soons = np.full(-(-room // layout.CHUNK), layout.FAR_US)
            soons[: len(self.soons)] = self.soons
            self.soons = soons
        if cohorts > len(self.cohorts):
            room = 1 << (cohorts - 1).bit_length()
            self.cohorts, self.cohort_hours = longer(self.cohorts, room), longer(self.cohort_hours, room)
        if places > len(self.places):
            self.places = longer(self.places, 1 << (places - 1).bit_length())


def longer(array: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    """A copy with more rows, zeros."""
    grown = np.zeros((room, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown

"""Who is silent: reports of many devices in, findings out, on event time alone."""

from __future__ import annotations

from math import exp, log
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.silence import kernel, layout, limit, sweeping, week
from detectors.silence.code import OCTAVE, SECOND
from detectors.silence.compiled import Ints
from detectors.silence.finding import RETURNS, Finding
from detectors.silence.layout import CLOCK, COUNT_BITS, FLOOR, GROUPED, LATE, NEXT, NOW, SILENT, SILENT_NOW
from detectors.silence.outage import is_outage, tail
from detectors.silence.parameters import DEFAULTS, Parameters
from schemas.errors import Rejected

MOST_GROUPS = 65_535


class Heartbeats:
    """What is known of the reports of some devices: 64 bytes a device, a few hundred a cohort, some dozens a place.

    Devices are slots that the caller gives. `enrol` says which cohort (devices that should behave alike: what a new one starts from) and
    which place (what can fail as one: gateway or site) a device belongs to, as numbers from 1 on; 0 is none. "Now" (`now_us`) is the newest
    event time of a report that came within `clock.PROMPT_US`, and never ahead of when it came. The same rows give the same findings and
    state, wherever batches are cut. `late` counts rows that told nothing: not newer than the device's last, or not after 1970.
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

    def observe(self, slots: Any, times_us: Any, received_us: Any = None) -> list[Finding]:
        """Learn reports in the order of the log, and find what they end and what, by their times, has become silent.

        `received_us` is when each report came, by the edge's clock; without it each came at once.
        Each time `now_us` passes a multiple of `tick_s` the devices that are due are found, as of that tick, before the row that passed it
        is learned. A report of a silent device is `returned`; one that came late, with a time at which the device was not yet due, is
        `filled` where the device is well by now, and otherwise nothing: the silence goes on, from that report. An outage is over
        (`restored`, `refilled`) with the return of half its devices; the others then have as long as they would have had after a report,
        and are silent by themselves after that. Rejected, with nothing learned, for a slot that was not enrolled.
        """
        which, times = np.ascontiguousarray(slots, np.int64), np.ascontiguousarray(times_us, np.int64)
        received = times if received_us is None else np.ascontiguousarray(received_us, np.int64)
        if not len(which) == len(times) == len(received):
            raise Rejected("wrong_length", "times_us", "slots and times are not equally many")
        if len(which) and not 0 <= which.min() <= which.max() < self.used:
            raise Rejected("unknown_slot", "slots", f"a slot is not one of the {self.used} enrolled")
        found: list[Finding] = []
        row, tick_us = 0, self.parameters.tick_s * 1_000_000
        while row < len(which):
            row = self._learn(which, times, received, row, found)
            if row < len(which):
                self.totals[NOW] = self.totals[CLOCK] // tick_us * tick_us
                found += self._sweep()
        return found

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
            self.heads["place"][: self.used][self.heads["status"][: self.used] & GROUPED > 0],
            minlength=len(self.places),
        )
        for number in out.tolist():
            place = self.places[number]
            at = int(np.searchsorted(slots, place["lead"]))
            place["lead"] = at if at < len(slots) and slots[at] == place["lead"] else -1
            place["members"] = missing[number] + place["back"]
            place["is_out"] = missing[number] > 0

    def _learn(self, slots: Ints, times: Ints, received: Ints, row: int, found: list[Finding]) -> int:
        rows, p = np.zeros(self.silent + 1, layout.FOUND), self.parameters
        row, number = kernel.observe(
            self.heads,
            self.hours,
            self.cohorts,
            self.cohort_hours,
            self.places,
            self.soons,
            slots,
            times,
            received,
            row,
            p.tick_s * 1_000_000,
            p.budget_octaves,
            p.least_s * 1_000_000,
            rows,
            self.totals,
        )
        for one in rows[:number].tolist():
            found.append(Finding(RETURNS[one[0]], *one[1:]))
        return row

    def _sweep(self) -> list[Finding]:
        """Who has become silent by `now_us`."""
        p, due = self.parameters, np.empty(self.used, np.int64)
        number = sweeping.sweep(
            *(self.heads, self.hours, self.cohort_hours, self.places, self.soons, self.used),
            *(p.budget_octaves, p.least_s * 1_000_000, due, self.totals),
        )
        slots = due[:number]
        found: list[Finding] = []
        for place in np.unique(self.heads["place"][slots]).tolist():
            found += self._judge(place, slots[self.heads["place"][slots] == place])
        return found

    def _judge(self, place: int, due: Ints) -> list[Finding]:
        """Whether a place's devices are silent each by itself, with an outage that is known, or with a new one."""
        told = self.places[place]
        if told["is_out"]:
            along = self.heads["last_us"][due] <= told["told_us"]
            told["members"] += int(along.sum())
            self._tell(due[along], SILENT | GROUPED)
            due = due[~along]
        if not len(due):
            return []
        overdue, total = self._muster(place, due) if place else (due[:0], 0)
        found: list[Finding] = []
        if is_outage(len(overdue), total, self.parameters):
            found.append(self._outage(place, overdue, total))
            due = np.setdiff1d(due, overdue)
        found += [self._silence(int(slot)) for slot in due]
        self._tell(due, SILENT)
        return found

    def _muster(self, place: int, due: Ints) -> tuple[Ints, int]:
        members = self._members(place)
        overdue = np.empty(len(members), np.int64)
        floor_us = int(self.totals[FLOOR])
        horizon_us = self.now_us - max(int(self.heads["last_us"][due].min()), floor_us)
        number, total = sweeping.muster(
            *(self.heads, self.hours, self.cohort_hours, members),
            *(self.now_us, floor_us, horizon_us, overdue),
        )
        return np.union1d(overdue[:number], due), total + len(np.setdiff1d(due, overdue[:number]))

    def _members(self, place: int) -> Ints:
        """The slots of a place, ascending; sorted out once after devices were enrolled."""
        if self._by_place is None:
            places = self.heads["place"][: self.used]
            order = np.argsort(places, kind="stable")
            self._by_place = order, np.searchsorted(places[order], np.arange(len(self.places) + 1))
        order, starts = self._by_place
        return order[starts[place] : starts[place + 1]]

    def _outage(self, place: int, members: Ints, total: int) -> Finding:
        since_us = int(self.heads["last_us"][members].max())
        before = self.places[place]
        if before["is_out"]:
            before["members"] += len(members)
            before["told_us"] = self.now_us
            if before["lead"] < 0:
                before["lead"] = members[0]
        else:
            told = (True, since_us, self.now_us, before["closed_us"], len(members), 0, 0, members[0])
            self.places[place] = told
        self._tell(members, SILENT | GROUPED)
        chance = tail(len(members), total, self.parameters.overdue_share)
        return Finding(
            "outage",
            int(self.places[place]["lead"]),
            place,
            self.now_us,
            since_us,
            len(members),
            total,
            p_value=chance,
            members=tuple(members.tolist()),
        )

    def _silence(self, slot: int) -> Finding:
        head = self.heads[slot]
        longest = max(int(head["record"]), int(head["block"]))
        gap_us = self.now_us - int(head["last_us"])
        return Finding(
            "silent",
            slot,
            int(head["place"]),
            self.now_us,
            int(head["last_us"]),
            usual_s=seconds_of(longest),
            p_value=survival(head, gap_us / 1e6),
        )

    def _tell(self, slots: npt.NDArray[Any], flags: int) -> None:
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


def seconds_of(code: int) -> float:
    """A code of the kernel as a duration."""
    octaves, part = divmod(code - SECOND, OCTAVE)
    return float(2.0**octaves * (1 + part / OCTAVE)) if code else 0.0


def survival(head: Any, gap_s: float) -> float:
    """The probability that a healthy device's next gap is longer than this: the Pareto tail above its record (Weissman 1978)."""
    usual_s = seconds_of(max(int(head["record"]), int(head["block"])))
    spread = max(int(head["spread"]), limit.LEAST_SPREAD) / OCTAVE * limit.NATURAL
    reports = max(int(head["status"]) & COUNT_BITS, 1)
    learned = 2.0**limit.LEARNED_OCTAVES if reports >= layout.BLOCK else reports
    if gap_s <= usual_s or usual_s == 0:
        return 1.0
    return exp(-log(gap_s / usual_s) / spread) / learned


def longer(array: npt.NDArray[Any], room: int) -> npt.NDArray[Any]:
    """A copy with more rows, zeros."""
    grown = np.zeros((room, *array.shape[1:]), array.dtype)
    grown[: len(array)] = array
    return grown


def compile_all() -> None:
    """Compile everything now: some devices of one place that are heard, fall silent together and come back."""
    beats, slots = Heartbeats(), np.arange(5)
    beats.enrol(slots, np.ones(5), np.ones(5))
    for minute in (*range(100), *range(130, 133)):
        times = slots + (minute + 1) * 60 * 1_000_000
        # As they come out of a batch of Arrow's.
        times.flags.writeable = False
        beats.observe(slots, times, times)
        if minute == 99:
            for later in range(100, 130):
                only = times[4:] + (later - minute) * 60 * 1_000_000
                only.flags.writeable = False
                beats.observe(slots[4:], only, only)

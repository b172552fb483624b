"""Who is silent: reports of many devices in, findings out, on event time alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.silence import judgement, layout
from detectors.silence.compiled import Ints
from detectors.silence.finding import RETURNS, Finding
from detectors.silence.following import follow
from detectors.silence.memory import Memory
from schemas.errors import Rejected


class Heartbeats(Memory):
    """What is known of the reports of some devices, and what follows from them.

    "Now" (`now_us`) is the newest event time of a report that came within `clock.PROMPT_US`, and never ahead of when it came. The same rows
    give the same findings and state, wherever batches are cut. `late` counts rows that told nothing: not newer than the device's last, or
    not after 1970.
    """

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
        row = 0
        while row < len(which):
            row = self._follow(which, times, received, row, found)
        return found

    def _follow(self, slots: Ints, times: Ints, received: Ints, row: int, found: list[Finding]) -> int:
        """Learn rows up to the first that has something told before it, and tell it; the next row."""
        returned, due = np.zeros(self.silent + 1, layout.FOUND), np.empty(self.used, np.int64)
        p = self.parameters
        row, number, silent = follow(
            *(self.heads, self.hours, self.cohorts, self.cohort_hours, self.places, self.soons, self.used),
            *(slots, times, received, row, p.tick_s * 1_000_000, p.budget_octaves, p.least_s * 1_000_000),
            *(returned, due, self.totals),
        )
        found += [Finding(RETURNS[one[0]], *one[1:]) for one in returned[:number].tolist()]
        found += self._judged(due[:silent])
        return row

    def _judged(self, slots: Ints) -> list[Finding]:
        """What it means that these devices became silent by `now_us`."""
        found: list[Finding] = []
        for place in np.unique(self.heads["place"][slots]).tolist() if len(slots) else ():
            found += judgement.judge(self, place, slots[self.heads["place"][slots] == place])
        return found


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

"""How long a device has been quiet, beside how long it may be when it is well."""

from __future__ import annotations

from math import exp, frexp, log
from typing import Any, NamedTuple

from detectors.silence import sweeping
from detectors.silence.code import OCTAVE, seconds_of
from detectors.silence.layout import BLOCK, COUNT_BITS, FLOOR
from detectors.silence.limit import LEARNED_OCTAVES, LEAST_SPREAD, NATURAL
from detectors.silence.memory import Memory


class Gap(NamedTuple):
    """Durations in seconds, of the hours that count for the device: `lasted_s` until now, `expected_s` the longest of a usual block of 32
    reports, `usual_s` the longest it is known for, `limit_s` the longest that health explains.

    `spread` is that of its longest gaps, in octaves; `p_value` the probability of such a gap before its next report if it is well.
    """

    lasted_s: float
    expected_s: float
    usual_s: float
    limit_s: float
    spread: float
    p_value: float

    def distance(self, seconds: float) -> float:
        """By how many of its spreads it has lasted longer than this; in octaves, as gaps are learned."""
        return (octaves(self.lasted_s) - octaves(seconds)) / self.spread


def gap_of(memory: Memory, slot: int) -> Gap:
    """A device's gap now. Where hours that nobody knows were all there was (it has waited for days) all of them count."""
    head, p = memory.heads[slot], memory.parameters
    start_us, counted_us, limit_us = sweeping.gap(
        *(memory.heads, memory.hours, memory.cohort_hours, memory.places, slot, memory.now_us),
        *(int(memory.totals[FLOOR]), p.budget_octaves, p.least_s * 1_000_000),
    )
    usual_s = seconds_of(max(int(head["record"]), int(head["block"])))
    wall_s, counted_s = (memory.now_us - start_us) / 1e6, counted_us / 1e6
    lasted_s = counted_s if counted_s > usual_s else wall_s
    return Gap(
        lasted_s,
        seconds_of(int(head["centre"])) or usual_s,
        usual_s,
        limit_us / 1e6,
        max(int(head["spread"]), LEAST_SPREAD) / OCTAVE,
        survival(head, lasted_s),
    )


def survival(head: Any, gap_s: float) -> float:
    """The probability that a healthy device's next gap is longer than this: the Pareto tail above its record (Weissman 1978)."""
    usual_s = seconds_of(max(int(head["record"]), int(head["block"])))
    spread = max(int(head["spread"]), LEAST_SPREAD) / OCTAVE * NATURAL
    reports = max(int(head["status"]) & COUNT_BITS, 1)
    learned = 2.0**LEARNED_OCTAVES if reports >= BLOCK else reports
    if gap_s <= usual_s or usual_s == 0:
        return 1.0
    return exp(-log(gap_s / usual_s) / spread) / learned


def octaves(seconds: float) -> float:
    """The logarithm to base 2, linear between powers of two as codes are; 0 for a second and for what is shorter."""
    part, power = frexp(max(seconds, 1.0))
    return power - 1 + (2 * part - 1)

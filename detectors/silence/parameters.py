"""What may be chosen about silence; the rest is learned."""

from __future__ import annotations

from math import log2
from typing import NamedTuple

DETECTOR = "silence"
# What is measured of a device that says nothing; ends in its unit as all metrics do.
GAP = "report_gap_s"
VERSION = 6  # any change of a finding or of the state


class Parameters(NamedTuple):
    """`false_alarms_per_day` is what one healthy device may cause in a day of event time; a device is never silent before `least_s`.

    Event time is looked at every `tick_s`. A group is one finding where at least `fewest` of its devices are overdue and so many would be
    by chance (each with probability `overdue_share`, independently) with a probability of at most `group_p`.
    """

    false_alarms_per_day: float = 2.5e-4
    least_s: int = 60
    tick_s: int = 15
    fewest: int = 3
    overdue_share: float = 0.02
    group_p: float = 1e-5

    @property
    def budget_octaves(self) -> float:
        """Seconds of a day per false alarm allowed in it, as a power of two."""
        return log2(86_400 / self.false_alarms_per_day)


DEFAULTS = Parameters()

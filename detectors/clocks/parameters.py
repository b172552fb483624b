"""What may be chosen about clocks: nothing is learned."""

from __future__ import annotations

from typing import NamedTuple

DETECTOR = "clock"
VERSION = 2  # any change of a finding or of the state
# The offset as a metric: the device's clock minus the edge's, in seconds.
METRIC = "clock_offset_s"


class Parameters(NamedTuple):
    """A report is prompt where it came less than `behind_s` after the time it says and is dated less than `ahead_s` after it came.

    A clock is wrong by the lag of at least `reports` reports over at least `lasted_s`, all within `tolerance_s`. It waits while more than
    `crowd_share` of the devices of its place, and at least `crowd_least`, are not prompt either. `misses` other lags in a row begin anew,
    `right_reports` prompt ones end it. `pauses` is how many pauses between its reports the lag is at least: one that sends each
    report with the next one is late by one of them.
    """

    behind_s: float = 120.0
    ahead_s: float = 30.0
    tolerance_s: float = 10.0
    reports: int = 4
    lasted_s: float = 600.0
    misses: int = 3
    right_reports: int = 3
    pauses: float = 2.0
    crowd_share: float = 0.2
    crowd_least: int = 3


DEFAULTS = Parameters()

"""A device beside its row: when it last reported, which cohort it is of, and after what it must be expected anew.

A start (`boot_count` went up, or `uptime_s` is shorter than the time since the last report) and another firmware change what is normal, and
a long gap leaves the level behind.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from detectors.baseline.lanes import fused
from detectors.baseline.parameters import Parameters

MOST_STARTS = 16.0
USUAL_WEIGHT = 1 / 16
STARTS_TAU_S = 3600.0
# Newest and first report (microseconds and seconds since 1970), the cohort's number, the day of the newest report, how often it started
# (0: not known) and its firmware (0: not known), when it last started and got other firmware, starts of about the last hour, its usual
# gap, how many more reports the level is found anew, and how many reports the day of the newest had.
HEAD = np.dtype(
    [
        ("last_us", np.int64),
        ("first_s", np.int32),
        ("cohort", np.int32),
        ("day", np.int32),
        ("boots", np.float32),
        ("firmware", np.int32),
        ("started_s", np.int32),
        ("upgraded_s", np.int32),
        ("starts", np.float32),
        ("usual_s", np.float32),
        ("anew", np.int16),
        ("heard", np.uint16),
    ]
)


@fused
def starts_since(head: Any, gap_s: float, boots: float, uptime_s: float) -> Any:
    """How often the device started since its last report, by its own counters (NaN: not told)."""
    before = head.boots
    if boots > 0:
        head.boots = np.float32(boots)
        if before > 0 and boots > before:
            return min(boots - before, MOST_STARTS)
    return 1.0 if 0 <= uptime_s < gap_s else 0.0


@fused
def renew(
    head: Any, time_s: int, gap_s: float, boots: float, uptime_s: float, firmware: int, p: Parameters
) -> Any:
    """Take note of starts and other firmware; whether the device has now started too often."""
    if firmware != 0:
        if head.firmware != 0 and head.firmware != firmware:  # noqa: PLR1714 - the compiler has no such set
            head.upgraded_s = time_s
        head.firmware = firmware
    number = starts_since(head, gap_s, boots, uptime_s)
    if number == 0.0:
        return False
    before = head.starts * math.exp(-max(time_s - head.started_s, 0) / STARTS_TAU_S)
    head.starts = before + number
    head.started_s = time_s
    return before < p.restarts <= head.starts


class Renewal(NamedTuple):
    """Whether the reports before this one are long ago (`alone`), whether the level is found anew, whether what is new is expected."""

    alone: Any
    anew: Any
    widening: Any


@fused
def renewal_of(head: Any, time_s: int, gap_s: float, p: Parameters) -> Renewal:
    """What a device's gaps, starts and firmware mean for a report."""
    alone = is_gap(head, time_s, gap_s, p)
    return Renewal(alone, is_anew(head, time_s, gap_s, alone, p), is_widening(head, time_s, p))


@fused
def is_gap(head: Any, time_s: int, gap_s: float, p: Parameters) -> Any:
    """Whether there was a long gap before this report; a device's time after a start or an upgrade goes on only while it reports."""
    if gap_s <= max(p.gap_s, p.gap_factor * head.usual_s):
        return False
    before_s = time_s - round(gap_s)
    if 0 < before_s - head.started_s < p.restart_s:
        head.started_s += round(gap_s)
    if 0 < before_s - head.upgraded_s < p.upgrade_s:
        head.upgraded_s += round(gap_s)
    return True


@fused
def is_anew(head: Any, time_s: int, gap_s: float, alone: bool, p: Parameters) -> Any:
    """Whether the level is found anew: with the first reports after a long gap or a start, and for a while after a start."""
    if alone or time_s in (head.started_s, head.upgraded_s):
        head.anew = p.anew_reports
    usual = head.usual_s
    head.usual_s = gap_s if usual == 0 else usual + (min(gap_s, 4 * usual) - usual) * USUAL_WEIGHT
    head.anew = max(head.anew - 1, -1)
    return head.anew >= 0 or time_s - head.started_s < p.anew_s


@fused
def is_widening(head: Any, time_s: int, p: Parameters) -> Any:
    """Whether what is new now is expected: after a start and after new firmware."""
    return time_s - head.started_s < p.restart_s or time_s - head.upgraded_s < p.upgrade_s

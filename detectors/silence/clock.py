"""The clock of silence: the event time of reports that came promptly.

A backlog from somewhere must not make everybody else look overdue. Where the clock jumps further than it ever does, nothing was heard of
anybody (ingest was away): all have as long as after a report.
"""

from __future__ import annotations

from typing import Any

from detectors.silence.compiled import Ints, inlined
from detectors.silence.layout import CLOCK, FLOOR, NEXT, NOW, STEP

PROMPT_US = 60_000_000  # later than this a report does not say what time it is; no device is silent sooner
DEAF_US = 60_000_000  # the clock may always jump so far


@inlined
def clock_of(time_us: int, received_us: int) -> Any:
    """What time a report says it is: its own, never ahead of when it came; 0 where it came too late to say."""
    return min(time_us, received_us) if received_us - time_us <= PROMPT_US else 0


@inlined
def advance(totals: Ints, clock_us: int) -> None:
    """Set the clock on, never back. A jump teaches no more of its usual steps than what it may jump."""
    if totals[CLOCK] > 0 and clock_us > totals[CLOCK]:
        step, most = clock_us - totals[CLOCK], max(2 * totals[STEP], DEAF_US)
        totals[STEP] = max(min(step, most), totals[STEP] - (totals[STEP] >> 9))
        if step > most:
            totals[FLOOR] = clock_us
    totals[CLOCK] = max(totals[CLOCK], clock_us)


@inlined
def is_due(totals: Ints, clock_us: int, tick_us: int) -> Any:
    """Whether a report passes a tick at which a device may be silent."""
    tick = clock_us // tick_us
    return tick > totals[NOW] // tick_us and tick * tick_us >= totals[NEXT]

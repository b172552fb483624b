"""A silent device that is heard again, and a group of which half is back."""

from __future__ import annotations

from typing import Any

from detectors.compiling import unmanaged
from detectors.silence.compiled import Ints
from detectors.silence.layout import (
    COUNT_BITS,
    FILLED,
    GROUPED,
    NOW,
    REFILLED,
    RESTORED,
    RETURNED,
    SILENT,
    SILENT_NOW,
    STANDING,
)
from detectors.silence.limit import wait_us
from detectors.silence.week import HOUR_US

MOST_GRACE_US = HOUR_US  # for the rest of a group of which half is back


@unmanaged
def come_back(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    places: Any,
    slot: int,
    time_us: int,
    now_us: int,
    limit: int,
    least_us: int,
    one: Any,
) -> bool:
    """A silent device was heard: whether that is a finding, written to `one`. See `Heartbeats.observe` for what late reports do."""
    head = heads[slot]
    since_us = head.last_us
    late = wait_us(heads, hours, cohort_hours, slot, since_us, time_us, limit, least_us) > 0
    if late and wait_us(heads, hours, cohort_hours, slot, time_us, now_us, limit, least_us) == 0:
        return False
    grouped, place = head.status & STANDING == GROUPED, places[head.place]
    head.status = head.status & COUNT_BITS
    one.slot, one.place, one.time_us, one.since_us = slot, head.place, time_us, since_us
    one.kind, one.count, one.of = FILLED if late else RETURNED, 1, 1
    if not grouped:
        return True
    if not place.is_out:
        return False
    place.back += 1
    place.filled += late
    if place.back * 2 < place.members:
        return False
    place.is_out = False
    place.closed_us = now_us + min(now_us - place.since_us, MOST_GRACE_US)
    one.slot, one.since_us, one.count, one.of = place.lead, place.since_us, place.back, place.members
    one.kind = REFILLED if place.filled * 2 > place.back else RESTORED
    return True


@unmanaged
def hear_again(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    places: Any,
    soons: Ints,
    totals: Ints,
    slot: int,
    time_us: int,
    limit: int,
    least_us: int,
    one: Any,
) -> bool:
    """`come_back`, and what follows for all: how many are silent, and that the rest of a group which is over may be due at once."""
    number = heads[slot].place
    was_out = places[number].is_out
    is_finding = come_back(
        heads, hours, cohort_hours, places, slot, time_us, totals[NOW], limit, least_us, one
    )
    if not heads[slot].status & SILENT:
        totals[SILENT_NOW] -= 1
    if was_out and not places[number].is_out:
        soons[:] = 0
    return is_finding

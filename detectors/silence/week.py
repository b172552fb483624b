"""Which time counts for a device, by hour of the week, and how it is learned.

A device that is heard every few minutes is timed in hours in which it was heard in earlier weeks (and so in the hours before and after, so
that a sleep may begin and end early); one that is heard more seldom in all hours that it has lived through. Hours never lived through are
taken from the same hour of other days (not beside the weekend, which may begin on Friday noon in UTC), then from a cohort that has lived
through a whole week and the longest sleep after it: while it lives through an hour for the first time it hears only from those that are
awake, and from the others when they wake. Where it knows no more, they don't count, up to `UNKNOWN_US` in all, `WORKDAY_US` of it on
workdays.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.compiling import unmanaged
from detectors.silence.code import OCTAVE, SECOND, code_of
from detectors.silence.compiled import inlined
from detectors.silence.layout import COUNT_BITS, FIRST_BLOCK

HOUR_US, WEEK_HOURS = 3_600_000_000, 168
MONDAY = 72  # 1970 began on a Thursday
HOURS_BYTES = WEEK_HOURS // 4
UNKNOWN_US = 72 * HOUR_US
WORKDAY_US = 20 * HOUR_US  # who sleeps every day is heard within a day
BESIDE_HOURS = 12  # of Friday and Monday, in UTC, are weekend somewhere
EDGE_HOURS = 2  # before and after a sleep: it doesn't begin and end on the minute
SLOW = SECOND + 13 * OCTAVE + 194  # four hours: more seldom than that, all hours lived through count
USUAL = 128  # a pause of less than 1.5 times the usual longest is no sleep
# A cell of a week: never lived through, asleep, either, awake.
UNKNOWN, ASLEEP, EITHER, AWAKE = 0, 1, 2, 3
# A cohort's hours: how many devices were awake in each, and behind those how many were asleep; both are halved where one is full.
# Nobody of a cohort sleeps where less than one in so many did, of at least so many; at the weekend, of more.
COHORT_FULL, SLEEPERS_IN = 255, 100
COHORT_FEWEST, WEEKEND_FEWEST = 24, 128
# Behind them: whether all hours were lived through, and in which hour (modulo 256) the last of them was.
WEEK_LIVED, LIVED_HOUR = 2 * WEEK_HOURS, 2 * WEEK_HOURS + 1
COHORT_CELLS = 2 * WEEK_HOURS + 2
NOT_YET, LIVED, TOLD = 0, 1, 2
TELLING_HOURS = UNKNOWN_US // HOUR_US  # who slept at the end of the week tells of it when awake again


@inlined
def week_hour(hour: int) -> int:
    """The hour of the week, from Monday 0:00 UTC."""
    return (hour + MONDAY) % WEEK_HOURS


@inlined
def cell(hours: Any, slot: int, place: int) -> Any:
    """What one hour of the week is to a device."""
    return (hours[slot, place >> 2] >> ((place & 3) * 2)) & 3


@inlined
def set_cell(hours: Any, slot: int, place: int, value: int) -> None:
    """Set one hour of the week of a device."""
    shift = (place & 3) * 2
    hours[slot, place >> 2] = (hours[slot, place >> 2] & ~(3 << shift)) | (value << shift)


@unmanaged
def known(hours: Any, cohort_hours: Any, slot: int, cohort: int, hour: int) -> Any:
    """What an hour is to a device: by itself unless other workdays (or weekend days) contradict it, else by them, else by its cohort.

    Awake takes two days that say so and three for each that doesn't: the last hour before a sleep is awake on some days only.
    """
    place = week_hour(hour)
    own = cell(hours, slot, place)
    if own in (ASLEEP, EITHER):
        return own
    first, days = (0, 5) if place < 120 else (5, 2)
    day, rest = place // 24 - first, place % 24
    beside = own != AWAKE and (place < BESIDE_HOURS or 120 - BESIDE_HOURS <= place < 120)
    awake = against = 0
    peers = UNKNOWN
    for back in range(days):
        at = (first + (day - back) % days) * 24 + rest
        found = cell(hours, slot, at)
        awake += found == AWAKE and not beside
        against += found in (ASLEEP, EITHER)
        if cohort > 0 and peers == UNKNOWN and cohort_hours[cohort, WEEK_LIVED] == TOLD:
            peers = known_of_peers(cohort_hours, cohort, at)
    if against > 0:
        return AWAKE if awake >= 3 * against else EITHER
    if awake >= 2:
        return AWAKE
    if peers != UNKNOWN:
        return peers
    return EITHER if awake else UNKNOWN


@inlined
def known_of_peers(cohort_hours: Any, cohort: int, place: int) -> Any:
    """What an hour of the week is to the devices of a cohort."""
    awake = np.int64(cohort_hours[cohort, place])
    asleep = np.int64(cohort_hours[cohort, WEEK_HOURS + place])
    if awake + asleep == 0:
        return UNKNOWN
    weekend = place < BESIDE_HOURS or place >= 120 - BESIDE_HOURS
    fewest = WEEKEND_FEWEST if weekend else COHORT_FEWEST
    if awake >= fewest and asleep * SLEEPERS_IN < awake:
        return AWAKE
    return ASLEEP if asleep >= fewest and awake * SLEEPERS_IN < asleep else EITHER


@inlined
def workdays_us(start_us: int, stop_us: int) -> Any:
    """How much of the time between two moments, at most half a week, is certainly no weekend: from Monday to Friday noon, UTC."""
    start = (start_us // HOUR_US + MONDAY - BESIDE_HOURS) % WEEK_HOURS * HOUR_US + start_us % HOUR_US
    stop = start + stop_us - start_us
    friday, monday = (120 - 2 * BESIDE_HOURS) * HOUR_US, WEEK_HOURS * HOUR_US
    return stop - start - max(min(stop, monday) - max(start, friday), 0)


@unmanaged
def elapsed_us(heads: Any, hours: Any, cohort_hours: Any, slot: int, start_us: int, stop_us: int) -> int:
    """The time between two moments that counts for a device."""
    cohort, slow = heads[slot].cohort, heads[slot].centre >= SLOW
    first, last = start_us // HOUR_US, stop_us // HOUR_US
    if last - first >= WEEK_HOURS:
        return stop_us - start_us
    total, run = 0, 0
    for hour in range(first - EDGE_HOURS, last + EDGE_HOURS + 1):
        found = known(hours, cohort_hours, slot, cohort, hour)
        run = run + 1 if found == AWAKE or (slow and found != UNKNOWN) else 0
        # The hour in the middle of those just seen.
        at = hour - EDGE_HOURS
        if at >= first and run > 2 * EDGE_HOURS:
            total += min(stop_us, (at + 1) * HOUR_US) - max(start_us, at * HOUR_US)
    return total


@unmanaged
def live_hour(hours: Any, cohort_hours: Any, slot: int, cohort: int, hour: int, is_awake: bool) -> None:
    """Learn one hour of a device's week, for itself and for its cohort."""
    place = week_hour(hour)
    old = cell(hours, slot, place)
    if is_awake:
        set_cell(hours, slot, place, EITHER if old == ASLEEP else AWAKE)
    else:
        set_cell(hours, slot, place, EITHER if old == AWAKE else ASLEEP)
    if cohort == 0:
        return
    live_week(cohort_hours, cohort, place, hour)
    at = place if is_awake else WEEK_HOURS + place
    cohort_hours[cohort, at] += 1
    if cohort_hours[cohort, at] == COHORT_FULL:
        cohort_hours[cohort, place] >>= 1
        cohort_hours[cohort, WEEK_HOURS + place] >>= 1


@unmanaged
def live_week(cohort_hours: Any, cohort: int, place: int, hour: int) -> None:
    """Note with an hour, before it is learned, whether the cohort has lived through a whole week and heard from those who slept."""
    if cohort_hours[cohort, place] == 0 and cohort_hours[cohort, WEEK_HOURS + place] == 0:
        unknown = 0
        for other in range(WEEK_HOURS):
            unknown += cohort_hours[cohort, other] == 0 and cohort_hours[cohort, WEEK_HOURS + other] == 0
        cohort_hours[cohort, WEEK_LIVED] = LIVED if unknown == 1 else NOT_YET
        cohort_hours[cohort, LIVED_HOUR] = hour & 255
    elif cohort_hours[cohort, WEEK_LIVED] == LIVED:
        # A late report's hour may lie before.
        passed = ((hour - np.int64(cohort_hours[cohort, LIVED_HOUR]) + 128) & 255) - 128
        if passed >= TELLING_HOURS:
            cohort_hours[cohort, WEEK_LIVED] = TOLD


@unmanaged
def live_through(heads: Any, hours: Any, cohort_hours: Any, slot: int, last_us: int, time_us: int) -> None:
    """Learn which hours a device was heard in and which it slept through, for itself and for its cohort."""
    first, last, cohort = last_us // HOUR_US, time_us // HOUR_US, heads[slot].cohort
    if time_us - last_us <= UNKNOWN_US and heads[slot].status & COUNT_BITS >= FIRST_BLOCK:
        usual = code_of(time_us - last_us) <= heads[slot].centre + USUAL
        for hour in range(first + 1, last):
            live_hour(hours, cohort_hours, slot, cohort, hour, usual)
    live_hour(hours, cohort_hours, slot, cohort, last, True)

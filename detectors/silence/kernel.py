"""The compiled heart of silence: how long each device may be quiet, learned from the gaps between its reports.

Durations are *codes*: 256 times the base-2 logarithm of seconds plus `SECOND`, linear between powers of two (the upper bits of a float32,
so equal on every machine). Of each block of reports the longest gap is learned: its centre, its spread (mean absolute deviation, about the
scale of a Gumbel distribution of logarithms, so the index of a Pareto tail of gaps) and a record that fades. From these comes the gap
that a healthy device exceeds less often than the false-alarm budget allows: `record * (1 / (n p)) ** spread` (Weissman 1978), never
less than three times the centre. Jitter, lost reports, bursts and random reporting differ in their spread only.

Which time counts is learned as well, by hour of the week: a device that is heard every few minutes is timed in hours in which it was heard
in earlier weeks (and so in the hours before and after, so that a sleep may begin and end early); one that is heard more seldom in all hours
that it has lived through.Hours never lived through are taken from the same hour of other days (not beside the weekend, which may
begin on Friday noon in UTC), then from a cohort that has lived through a whole week: while it lives through an hour for the first time it
hears only from those that are awake. Where it knows no more, they don't count, up to `UNKNOWN_US` in all.

The clock of silence is the event time of reports that came promptly: a backlog from somewhere must not make everybody else look
overdue. Where it jumps further than it ever does, nothing was heard of anybody (ingest was away): all have as long as after a report.

Devices lie in chunks of `CHUNK` slots; `soons` is for each the earliest time at which one of them may be silent, never later than the
truth, so a sweep visits only the chunks that are due.

A call that passes arrays costs some 40 ns for counting references, so what every report and every device looked at needs is inlined.
Everything compiled is in this one file because numba's cache does not notice a change in another one (but for the prefetch).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

from detectors.baseline.vector import prefetch_item

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(cache=True))
inlined = cast(Callable[[Function], Function], numba.njit(inline="always"))
Ints = npt.NDArray[np.int64]

VERSION = 2  # any change of a finding or of the state
HOUR_US, WEEK_HOURS = 3_600_000_000, 168
MONDAY = 72  # 1970 began on a Thursday
HOURS_BYTES = WEEK_HOURS // 4
SECOND, OCTAVE = 127 * 256, 256
FIRST_BLOCK, BLOCK = 8, 32
COUNT_BITS, SILENT, GROUPED = 63, 64, 128
FEWEST_GAPS = 3
UNKNOWN_US = 72 * HOUR_US
MOST_GRACE_US = HOUR_US  # for the rest of a group of which half is back
BESIDE_HOURS = 12  # of Friday and Monday, in UTC, are weekend somewhere
EDGE_HOURS = 2  # before and after a sleep: it doesn't begin and end on the minute
SLOW = SECOND + 13 * OCTAVE + 194  # four hours: more seldom than that, all hours lived through count
USUAL = 128  # a pause of less than 1.5 times the usual longest is no sleep
PRIOR_SPREAD, LEAST_SPREAD = 64, 13  # a quarter of an octave; a twentieth
THREE_TIMES, EIGHT_TIMES = 406, 3 * OCTAVE
MOST_ABOVE = 4 * OCTAVE  # no threshold is more than sixteen times the record
NATURAL = 0.6931471805599453
LEARNED_OCTAVES = 10.0  # the reports behind a record, as a power of two
COHORT_BLOCKS = 8
# A cell of a week: never lived through, asleep, either, awake.
UNKNOWN, ASLEEP, EITHER, AWAKE = 0, 1, 2, 3
COHORT_AWAKE = 250
WEEK_LIVED = WEEK_HOURS  # behind a cohort's hours: whether all of them were lived through
COHORT_CELLS = WEEK_HOURS + 1
NOTHING, RETURNED, FILLED, RESTORED, REFILLED = 0, 1, 2, 3, 4
AHEAD = 12  # rows whose devices are on their way from memory
CHUNK_BITS = 6
CHUNK = 1 << CHUNK_BITS
FAR_US = 1 << 62  # nobody of a chunk is waited for
PROMPT_US = (
    60_000_000  # what comes later than this says nothing about what time it is; no device is silent sooner
)
DEAF_US = 60_000_000  # the clock may always jump so far
# What is counted over all devices: rows that told nothing, devices silent, the time up to which silence was looked for, the earliest
# at which one more may be silent, the newest time by the clock, its largest usual step, and the end of its last jump.
LATE, SILENT_NOW, NOW, NEXT, CLOCK, STEP, FLOOR = range(7)
TOTALS = 7

HEAD = np.dtype(
    [
        ("last_us", np.int64),
        ("cohort", np.uint16),
        ("place", np.uint16),
        ("block", np.uint16),
        ("centre", np.uint16),
        ("spread", np.uint16),
        ("record", np.uint16),
        ("pause", np.uint8),  # the longest gap on the wall, in eighths of an octave above a second
        ("status", np.uint8),  # reports in the block (6 bits), SILENT, GROUPED
    ]
)
COHORT = np.dtype(
    [("blocks", np.int64), ("centre", np.float64), ("spread", np.float64), ("record", np.float64)]
)
PLACE = np.dtype(
    [
        ("is_out", np.bool_),
        ("since_us", np.int64),
        ("told_us", np.int64),
        ("closed_us", np.int64),
        ("members", np.int64),
        ("back", np.int64),
        ("filled", np.int64),
        ("lead", np.int64),  # the device that stands for an outage
    ]
)
FOUND = np.dtype(
    [
        ("kind", np.int64),
        ("slot", np.int64),
        ("place", np.int64),
        ("time_us", np.int64),
        ("since_us", np.int64),
        ("count", np.int64),
        ("of", np.int64),
    ]
)


@inlined
def code_of(gap_us: int) -> Any:
    """A duration as a code; less than a second is a second."""
    return max(np.int64(np.float32(gap_us * 1e-6).view(np.int32)) >> 15, SECOND)


@inlined
def us_of(code: int) -> Any:
    """The duration of a code in microseconds."""
    return np.int64(np.float64(np.int32(code << 15).view(np.float32)) * 1e6)


@inlined
def pause_of(code: Any) -> Any:
    """A code in eighths of an octave, rounded up."""
    return min((code - SECOND + 31) >> 5, 255)


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


@compiled
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
    share: Any = 0
    for back in range(days):
        at = (first + (day - back) % days) * 24 + rest
        found = cell(hours, slot, at)
        awake += found == AWAKE and not beside
        against += found in (ASLEEP, EITHER)
        if cohort > 0 and share == 0 and cohort_hours[cohort, WEEK_LIVED] > 0:
            share = np.int64(cohort_hours[cohort, at])
    if against > 0:
        return AWAKE if awake >= 3 * against else EITHER
    if awake >= 2:
        return AWAKE
    if share > 0:
        return AWAKE if share >= COHORT_AWAKE else ASLEEP if share < 256 - COHORT_AWAKE else EITHER
    return EITHER if awake else UNKNOWN


@compiled
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


@compiled
def threshold(head: Any, budget_octaves: float) -> Any:
    """The gap (a code) beyond which a device is silent; `budget_octaves` is log2 of seconds of a day per false alarm allowed in it."""
    count, longest = head.status & COUNT_BITS, max(head.record, head.block)
    if count < FIRST_BLOCK:
        return longest + EIGHT_TIMES
    learned = LEARNED_OCTAVES if count >= BLOCK else 3.0
    octaves = max(budget_octaves - (head.centre - SECOND) / OCTAVE - learned, 0.0)
    above = min(max(head.spread, LEAST_SPREAD) * octaves * NATURAL, float(MOST_ABOVE))
    return max(np.int64(longest + above), head.centre + THREE_TIMES)


@compiled
def wait_us(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    slot: int,
    start_us: int,
    stop_us: int,
    limit: int,
    least_us: int,
) -> Any:
    """0 where a device not heard between two moments is silent by the later one; else for how long it is certainly not."""
    gap_us = stop_us - start_us
    limit_us = max(us_of(limit), least_us)
    young = heads[slot].status & COUNT_BITS < FIRST_BLOCK
    anyhow_us = limit_us
    if heads[slot].centre < SLOW and not young:
        anyhow_us = us_of(SECOND + heads[slot].pause * 32 + OCTAVE // 2)
    anyhow_us = max(anyhow_us, UNKNOWN_US)
    if gap_us > anyhow_us:
        return 0
    if young:
        return anyhow_us - gap_us + 1
    if gap_us <= limit_us:
        return limit_us - gap_us + 1
    counted_us = elapsed_us(heads, hours, cohort_hours, slot, start_us, stop_us)
    if counted_us > limit_us:
        return 0
    return min(limit_us - counted_us, anyhow_us - gap_us) + 1


@compiled
def live_hour(hours: Any, cohort_hours: Any, slot: int, cohort: int, place: int, is_awake: bool) -> None:
    """Learn one hour of a device's week, for itself and for its cohort (whose share of awake devices fades by a sixteenth)."""
    old = cell(hours, slot, place)
    if is_awake:
        set_cell(hours, slot, place, EITHER if old == ASLEEP else AWAKE)
    else:
        set_cell(hours, slot, place, EITHER if old == AWAKE else ASLEEP)
    if cohort == 0:
        return
    share = np.int64(cohort_hours[cohort, place])
    if share == 0:
        unknown = 0
        for other in range(WEEK_HOURS):
            unknown += cohort_hours[cohort, other] == 0
        cohort_hours[cohort, WEEK_LIVED] = unknown == 1
    if is_awake:
        cohort_hours[cohort, place] = share + ((255 - share + 15) >> 4) if share > 0 else 144
    else:
        cohort_hours[cohort, place] = max(share - ((share + 15) >> 4), 1) if share > 0 else 112


@compiled
def live_through(heads: Any, hours: Any, cohort_hours: Any, slot: int, last_us: int, time_us: int) -> None:
    """Learn which hours a device was heard in and which it slept through, for itself and for its cohort."""
    first, last, cohort = last_us // HOUR_US, time_us // HOUR_US, heads[slot].cohort
    if time_us - last_us <= UNKNOWN_US and heads[slot].status & COUNT_BITS >= FIRST_BLOCK:
        usual = code_of(time_us - last_us) <= heads[slot].centre + USUAL
        for hour in range(first + 1, last):
            live_hour(hours, cohort_hours, slot, cohort, week_hour(hour), usual)
    live_hour(hours, cohort_hours, slot, cohort, week_hour(last), True)


@compiled
def close_block(heads: Any, cohorts: Any, slot: int) -> None:
    """Learn the longest gap of a block that is complete."""
    head = heads[slot]
    count, longest = head.status & COUNT_BITS, np.float64(head.block)
    number = count // FIRST_BLOCK if count <= BLOCK else 16
    if number == 1:
        head.centre, head.spread, head.record = head.block, PRIOR_SPREAD, head.block
    else:
        centre, spread = np.float64(head.centre), np.float64(head.spread)
        head.spread = np.uint16(round(spread + (abs(longest - centre) - spread) / number))
        head.centre = np.uint16(round(centre + (longest - centre) / number))
        record = np.int64(head.record)
        head.record = max(np.int64(head.block), record - (record - np.int64(head.block)) // 512)
    head.block = 0
    if head.cohort > 0:
        learn_cohort(cohorts, head.cohort, longest)


@compiled
def learn_cohort(cohorts: Any, place: int, longest: float) -> None:
    """Learn a member's longest gap of a block into what its cohort gives to new devices."""
    cohort = cohorts[place]
    cohort.blocks = min(cohort.blocks + 1, 256)
    if cohort.blocks == 1:
        cohort.centre, cohort.spread, cohort.record = longest, PRIOR_SPREAD, longest
        return
    cohort.spread += (abs(longest - cohort.centre) - cohort.spread) / cohort.blocks
    cohort.centre += (longest - cohort.centre) / cohort.blocks
    cohort.record = max(longest, cohort.record - (cohort.record - longest) / 512)


@compiled
def start(heads: Any, hours: Any, cohorts: Any, cohort_hours: Any, slot: int, time_us: int) -> None:
    """A device's first report: it starts from what its cohort learned."""
    head = heads[slot]
    head.last_us = time_us
    cohort = cohorts[head.cohort]
    if head.cohort > 0 and cohort.blocks >= COHORT_BLOCKS:
        head.centre, head.record = np.uint16(round(cohort.centre)), np.uint16(round(cohort.record))
        head.spread = np.uint16(round(cohort.spread))
        head.status = FIRST_BLOCK
        head.pause = pause_of(np.int64(head.record))
    live_through(heads, hours, cohort_hours, slot, time_us, time_us)


@compiled
def live_on(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    slot: int,
    time_us: int,
    wall: int,
) -> Any:
    """A gap (on the wall, a code) ends in another hour than it began: learn the hours between; the code of what counts of it."""
    head, code = heads[slot], np.int64(wall)
    known_rate = head.status & COUNT_BITS >= FIRST_BLOCK
    # A pause without a whole hour in it is a pause like any, not a sleep.
    is_long = time_us // HOUR_US - head.last_us // HOUR_US > 1 and wall > head.centre + USUAL
    if known_rate and is_long and head.centre < SLOW:
        code = code_of(elapsed_us(heads, hours, cohort_hours, slot, head.last_us, time_us))
    live_through(heads, hours, cohort_hours, slot, head.last_us, time_us)
    return code


@inlined
def note(head: Any, code: int, wall: int, time_us: int) -> Any:
    """Take a gap into the block that is being filled; how many reports are in it then."""
    head.last_us = time_us
    if code > head.block:
        head.block = code
        head.pause = max(np.int64(head.pause), pause_of(wall))
    elif wall > SECOND + head.pause * 32:
        head.pause = pause_of(wall)
    count = (head.status & COUNT_BITS) + 1
    if count < 2 * BLOCK:
        head.status = (head.status & ~COUNT_BITS) | count
    return count


@compiled
def close(heads: Any, cohorts: Any, slot: int, count: int) -> None:
    """Learn a block that is complete."""
    close_block(heads, cohorts, slot)
    if count == 2 * BLOCK:
        heads[slot].status = (heads[slot].status & ~COUNT_BITS) | BLOCK


@compiled
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
    grouped, place = head.status & GROUPED, places[head.place]
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


@compiled
def observe(
    heads: Any,
    hours: Any,
    cohorts: Any,
    cohort_hours: Any,
    places: Any,
    soons: Ints,
    slots: Ints,
    times_us: Ints,
    received_us: Ints,
    row: int,
    tick_us: int,
    budget_octaves: float,
    least_us: int,
    found: Any,
    totals: Ints,
) -> tuple[int, int]:
    """Learn rows from `row` on, up to the first that passes a tick at which a device may be due; which that is, and how many findings."""
    number = 0
    while row < len(slots):
        prefetch_item(heads, slots[min(row + AHEAD, len(slots) - 1)])
        slot, time_us = slots[row], times_us[row]
        clock_us = clock_of(time_us, received_us[row])
        advance(totals, clock_us)
        if clock_us >= totals[NEXT] and is_due(totals, clock_us, tick_us):
            break
        row += 1
        last_us, status = heads[slot].last_us, heads[slot].status
        if time_us <= last_us or time_us <= 0:
            totals[LATE] += 1
            continue
        totals[NOW] = max(totals[NOW], clock_us)
        limit, chunk = 0, slot >> CHUNK_BITS
        if last_us == 0:
            start(heads, hours, cohorts, cohort_hours, slot, time_us)
        else:
            if status & SILENT:
                was_out = places[heads[slot].place].is_out
                limit = threshold(heads[slot], budget_octaves)
                number += come_back(
                    *(heads, hours, cohort_hours, places, slot, time_us, totals[NOW], limit),
                    *(least_us, found[number]),
                )
                if not heads[slot].status & SILENT:
                    totals[SILENT_NOW] -= 1
                if was_out and not places[heads[slot].place].is_out:
                    soons[:] = 0
            code = wall = code_of(time_us - last_us)
            if time_us // HOUR_US != last_us // HOUR_US:
                code = live_on(heads, hours, cohort_hours, slot, time_us, wall)
            if limit > 0:
                # A gap that was told counts as no longer than the threshold.
                code = min(code, limit)
                wall = min(wall, max(limit, SECOND + heads[slot].pause * 32 + OCTAVE // 2))
            count = note(heads[slot], code, wall, time_us)
            if count == 2 * BLOCK or (count <= BLOCK and count % FIRST_BLOCK == 0):
                close(heads, cohorts, slot, count)
            elif count != FEWEST_GAPS and not status & SILENT:
                continue
        # What may be due earlier than was known: a new device, one with a new threshold, one that is back, a group's last.
        soon_us = time_us + max(us_of(threshold(heads[slot], budget_octaves)), least_us)
        soons[chunk] = min(soons[chunk], soon_us)
        totals[NEXT] = min(totals[NEXT], 0 if status & GROUPED else soon_us)
    return row, number


@inlined
def silent_from(head: Any, place: Any, floor_us: int) -> Any:
    """The time from which a device's silence counts: its last report, or what gave it time anew."""
    return max(head.last_us, floor_us, place.closed_us if head.last_us <= place.told_us else 0)


@compiled
def sweep(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    places: Any,
    soons: Ints,
    used: int,
    budget_octaves: float,
    least_us: int,
    due: Ints,
    totals: Ints,
) -> int:
    """Find the devices that became silent by `NOW`; their slots go to `due`, and how many they are comes back."""
    number, now_us, floor_us, next_us = 0, totals[NOW], totals[FLOOR], FAR_US
    for chunk in range((used + CHUNK - 1) >> CHUNK_BITS):
        if soons[chunk] <= now_us:
            soon_us = FAR_US
            for slot in range(chunk * CHUNK, min((chunk + 1) * CHUNK, used)):
                head = heads[slot]
                place = places[head.place]
                if head.status & GROUPED and not place.is_out:
                    head.status = head.status & COUNT_BITS
                    totals[SILENT_NOW] -= 1
                if head.status & SILENT or head.status & COUNT_BITS < FEWEST_GAPS:
                    continue
                start_us = silent_from(head, place, floor_us)
                limit = threshold(head, budget_octaves)
                wait = start_us + max(us_of(limit), least_us) - now_us + 1
                # Most were heard just now: the call alone would cost more than to see that.
                if wait <= 0 or head.status & COUNT_BITS < FIRST_BLOCK:
                    wait = wait_us(heads, hours, cohort_hours, slot, start_us, now_us, limit, least_us)
                if wait > 0:
                    soon_us = min(soon_us, now_us + wait)
                else:
                    due[number] = slot
                    number += 1
            soons[chunk] = soon_us
        next_us = min(next_us, soons[chunk])
    totals[NEXT] = next_us
    return number


@compiled
def muster(
    heads: Any,
    hours: Any,
    cohort_hours: Any,
    members: Ints,
    now_us: int,
    floor_us: int,
    horizon_us: int,
    overdue: Ints,
) -> tuple[int, int]:
    """Of a place's members that would have been heard within `horizon_us` if they were well: those not heard, and how many they all are.

    A device that sleeps now, was told before or is not yet known says nothing either way. Not heard: for longer than its record.
    """
    number = total = 0
    horizon = code_of(horizon_us)
    for slot in members:
        head = heads[slot]
        if head.status & SILENT or head.status & COUNT_BITS < FIRST_BLOCK:
            continue
        longest = max(head.record, head.block)
        if longest > horizon:
            continue
        last_us = max(head.last_us, floor_us)
        if code_of(now_us - last_us) <= longest:
            total += 1
        elif code_of(elapsed_us(heads, hours, cohort_hours, slot, last_us, now_us)) > longest:
            overdue[number] = slot
            number += 1
            total += 1
    return number, total


@compiled
def tell(heads: Any, slots: Ints, flags: int) -> None:
    """Mark devices as told."""
    for slot in slots:
        heads[slot].status |= flags

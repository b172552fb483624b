"""The compiled heart of the series detector: how surprising each value is in eight aspects, then learned, in bounded memory.

An *aspect* (a jump, a level, the rhythm of the day, ...) has a few *features*: magnitudes that are 0 when nothing happens. Each feature is
compared with the largest `KEPT` ones the series ever had, so an alarm means "novel against all history so far":

* between the kept ones its rank counts as in a conformal p-value (Vovk, Gammerman & Shafer 2005): (rank + 1) / (n + 1). Neighbouring
  rows are one event and count once, as in the statistics of extremes (declustering, Coles 2001, 5.3.2), so it is no exact p-value;
* above the largest a Pareto tail goes on from there, with Hill's estimate of its index (Hill 1975), shrunk to a heavy tail.

A surprise is -ln p (nats). An aspect's surprise is its features' largest, the whole is the `POWER`-norm over the aspects. Scaling or
shifting a series changes nothing but rounding: every feature is a difference and every comparison a ratio.

Everything is in this one file because numba's cache does not notice a change in another one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(cache=True))

VERSION = 1  # any change of a score or of the state
ASPECTS = ("jump", "departure", "level", "shift", "roughness", "stuck", "rhythm", "context")
KEPT = 16
EVENT_ROWS = 2  # this many rows are one event
POWER = 2.5
CONTEXT_WEIGHT = 0.5
ALARM_NATS = 12.0  # a score of 0.5
REST_ROWS, REST_FACTOR = 100, 1.1
RAMP_ROWS = 20  # a feature's first values: learned, not judged
MEMORIES = (4.0, 16.0, 64.0, 256.0)
WINDOWS = (4, 12, 32, 96)
SHIFT_WINDOWS = (4, 12, 32)
RING = WINDOWS[-1] + 1
DAY_S, DAY_BINS, DAY_MEMORY = 86_400, 48, 40
WEEK_S, WEEK_BINS, WEEK_MEMORY = 604_800, 56, 60
SYMBOLS = 6
CONTEXTS = SYMBOLS**3
US = 1_000_000
HUGE = 1e30  # a value beyond is taken as this, so that sums stay finite, in 32 bits too
MOST_EXTENTS = 10.0  # what is learned of a value lies at most so many ranges outside the range so far

# Hill's estimate as if `PRIOR_VALUES` more values above the smallest kept one had had the index `PRIOR_INDEX`; never above `MAX_INDEX`.
PRIOR_VALUES, PRIOR_INDEX, MAX_INDEX = 4.0, 2.0, 8.0
# Features are kept as logarithms in 16 bits: 256 steps an octave (0.3%), octaves from 2**-128 on; 0 is nothing.
OCTAVE_STEPS, OCTAVES_BELOW_ONE, LARGEST = 256, 128, 1e300
STEP_NATS = math.log(2.0) / OCTAVE_STEPS

JUMP, DEPARTURE, LEVEL, SHIFT, ROUGHNESS, STUCK, RHYTHM, CONTEXT = 0, 2, 10, 18, 24, 28, 29, 33
FEATURES = 34

# Values are stored as differences to `origin`, the series' first value, so that 32 bits are enough where means are kept.
STATE = np.dtype(
    [
        ("count", np.int64),
        ("missing", np.int64),
        ("origin", np.float64),
        ("mean", np.float64),
        ("low", np.float64),
        ("high", np.float64),
        ("alarm", np.float64),
        ("memory", np.float64, (len(MEMORIES),)),
        ("ring", np.float64, (RING,)),
        ("day", np.float32, (DAY_BINS,)),
        ("day_spread", np.float32, (DAY_BINS,)),
        ("week", np.float32, (WEEK_BINS,)),
        ("last_row", np.int64, (FEATURES,)),
        ("rest", np.int32),
        ("same", np.int32),
        ("day_judged", np.int32),
        ("spread_judged", np.int32),
        ("kept", np.uint16, (FEATURES, KEPT)),
        ("held", np.uint8, (FEATURES,)),
        ("last_place", np.uint8, (FEATURES,)),
        ("contexts", np.uint8, (CONTEXTS,)),
        ("day_count", np.uint8, (DAY_BINS,)),
        ("week_count", np.uint8, (WEEK_BINS,)),
        ("symbols", np.uint8, (2,)),
    ]
)


@compiled
def magnitude(feature: float) -> int:
    """A feature on the logarithmic scale it is kept in."""
    if not feature > 0.0:
        return 0
    mantissa, octave = math.frexp(min(feature, LARGEST))
    steps = math.floor(math.log2(mantissa) * OCTAVE_STEPS) + (octave + OCTAVES_BELOW_ONE) * OCTAVE_STEPS
    return int(min(max(steps, 1), 65535))


@compiled
def tail_index(kept: Any, count: int) -> float:
    """Hill's estimate from the kept magnitudes that are something, shrunk to the prior."""
    while count > 1 and kept[count - 1] == 0:
        count -= 1
    total = 0.0
    for place in range(count - 1):
        total += kept[place] - kept[count - 1]
    return min((count - 1 + PRIOR_VALUES) / (total * STEP_NATS + PRIOR_VALUES / PRIOR_INDEX), MAX_INDEX)


@compiled
def nats(kept: Any, count: int, seen: int, size: int) -> float:
    """The surprise of a magnitude above the smallest kept one, `seen` values after the first."""
    if size > kept[0]:
        beyond = tail_index(kept, count) * (size - kept[0]) * STEP_NATS if kept[0] > 0 else 5.0
        return math.log(seen + 1.0) + beyond
    above = 0
    while above < count and kept[above] >= size:
        above += 1
    return math.log((seen + 1.0) / (above + 1.0))


@compiled
def keep(state: Any, feature: int, size: int) -> None:
    """Take a magnitude in among the kept ones, which are in falling order; the rows of one event count once, as its largest."""
    kept, held = state.kept[feature], state.held[feature]
    place = state.last_place[feature]
    if held > 0 and state.count - state.last_row[feature] < EVENT_ROWS:
        if size <= kept[place]:
            return
    elif held == KEPT and size <= kept[KEPT - 1]:
        return
    else:
        place = min(held, KEPT - 1)
        state.held[feature] = min(held + 1, KEPT)
        state.last_row[feature] = state.count
    while place > 0 and kept[place - 1] < size:
        kept[place] = kept[place - 1]
        place -= 1
    kept[place] = size
    state.last_place[feature] = place


@compiled
def judge(state: Any, feature: int, seen: int, value: float) -> float:
    """The surprise of one feature against the `seen` rows before it that had one, and learn it."""
    kept, held = state.kept[feature], state.held[feature]
    size = magnitude(value)
    surprise = 0.0
    if seen >= RAMP_ROWS and size > kept[held - 1]:
        surprise = nats(kept, held, seen, size)
    keep(state, feature, size)
    return surprise


@compiled
def judge_both(state: Any, feature: int, seen: int, change: float) -> float:
    """The surprise of a signed feature; up and down have their own history, in two neighbouring places."""
    rise = judge(state, feature, seen, max(change, 0.0))
    fall = judge(state, feature + 1, seen, max(-change, 0.0))
    return max(rise, fall)


@compiled
def look_back(state: Any, value: float, sums: Any, moves: Any) -> Any:
    """Sums of the newest values (this one is the first) and of their absolute steps; returns how many values are known."""
    known = min(state.count + 1, RING)
    place = state.count % RING
    total, path, last = value, 0.0, value
    sums[1] = total
    for back in range(1, known):
        place = place - 1 if place > 0 else RING - 1
        one = state.ring[place]
        path += abs(last - one)
        moves[back] = path
        total += one
        sums[back + 1] = total
        last = one
    return known


@compiled
def departure(state: Any, value: float) -> float:
    """Distance from four fading means: a value that leaves where the series has been lately."""
    most = 0.0
    for place in range(len(MEMORIES)):
        most = max(
            most, judge_both(state, DEPARTURE + 2 * place, state.count - 1, value - state.memory[place])
        )
    return most


@compiled
def level(state: Any, known: int, sums: Any) -> float:
    """Means of the last rows against the mean of all: a level the series hasn't had."""
    most = 0.0
    for place in range(len(WINDOWS)):
        rows = WINDOWS[place]
        if known > rows:
            change = sums[rows] / rows - state.mean
            most = max(most, judge_both(state, LEVEL + 2 * place, state.count - rows, change))
    return most


@compiled
def shift(state: Any, known: int, sums: Any) -> float:
    """Means of the last rows against the same number of rows before: a step."""
    most = 0.0
    for place in range(len(SHIFT_WINDOWS)):
        rows = SHIFT_WINDOWS[place]
        if known > 2 * rows:
            change = (2.0 * sums[rows] - sums[2 * rows]) / rows
            most = max(most, judge_both(state, SHIFT + 2 * place, state.count - 2 * rows, change))
    return most


@compiled
def roughness(state: Any, known: int, moves: Any) -> float:
    """The mean absolute step of the last rows: a variance that grew."""
    most = 0.0
    for place in range(len(WINDOWS)):
        rows = WINDOWS[place]
        if known > rows:
            most = max(most, judge(state, ROUGHNESS + place, state.count - rows, moves[rows] / rows))
    return most


@compiled
def stuck(state: Any, value: float, newest: float) -> float:
    """How long the very same value has come: a sensor that is stuck where it wasn't before."""
    state.same = min(state.same + 1, 2_000_000_000) if value == newest else 0
    return judge(state, STUCK, state.count - 1, float(state.same))


@compiled
def tamed(state: Any, value: float) -> Any:
    """What is learned of a value: a wild one is cut some ranges outside the range so far, lest it drown what comes after."""
    extent = state.high - state.low
    if state.count < RAMP_ROWS or extent == 0.0:
        return value
    return min(max(value, state.low - MOST_EXTENTS * extent), state.high + MOST_EXTENTS * extent)


@compiled
def rhythm(state: Any, value: float, time_s: int) -> float:
    """Distance from what is usual at this half hour of the day, corrected by the weekday, plain and in usual deviations; then learn it."""
    day, week = time_s % DAY_S * DAY_BINS // DAY_S, time_s % WEEK_S * WEEK_BINS // WEEK_S
    error = value - state.day[day]
    rest = error - state.week[week]
    surprise = 0.0
    if state.day_count[day] >= 1:
        surprise = judge_both(state, RHYTHM, state.day_judged, rest)
        state.day_judged += state.day_judged < 2_000_000_000
    if state.day_count[day] >= 2 and state.day_spread[day] > 0.0:
        ratio = error / state.day_spread[day]
        surprise = max(surprise, judge_both(state, RHYTHM + 2, state.spread_judged, ratio))
        state.spread_judged += state.spread_judged < 2_000_000_000
    learn_rhythm(state, day, week, tamed(state, value) - state.day[day])
    return surprise


@compiled
def learn_rhythm(state: Any, day: int, week: int, error: float) -> None:
    """Take a value's distance into the day's half hour and, once that is known, the rest into the week's three hours."""
    known = state.day_count[day]
    state.day_count[day] = min(known + 1, DAY_MEMORY)
    state.day[day] += error / state.day_count[day]
    state.day_spread[day] += (abs(error) - state.day_spread[day]) / state.day_count[day]
    if known > 0:
        state.week_count[week] = min(state.week_count[week] + 1, WEEK_MEMORY)
        state.week[week] += (error - state.week[week]) / state.week_count[week]


@compiled
def context(state: Any, value: float) -> float:
    """How rare this value is after the two before it, all three as one of six parts of the range so far; then learn it."""
    extent = state.high - state.low
    place = (value - state.low) / extent * SYMBOLS if extent > 0.0 else 0.0
    symbol = int(min(max(place, 0.0), SYMBOLS - 1.0))
    start = (int(state.symbols[0]) * SYMBOLS + int(state.symbols[1])) * SYMBOLS
    total = 0
    for other in range(start, start + SYMBOLS):
        total += state.contexts[other]
    rarity = (total + 0.5 * SYMBOLS) / (state.contexts[start + symbol] + 0.5) if total > 0 else 1.0
    surprise = judge(state, CONTEXT, state.count, rarity)
    learn_context(state, start, symbol)
    return surprise


@compiled
def learn_context(state: Any, start: int, symbol: int) -> None:
    """Count what came after a context; the counts of a full one are halved, so that it keeps learning."""
    if state.contexts[start + symbol] == 255:
        for place in range(start, start + SYMBOLS):
            state.contexts[place] //= 2
    state.contexts[start + symbol] += 1
    state.symbols[0] = state.symbols[1]
    state.symbols[1] = symbol


@compiled
def learn(state: Any, value: float) -> None:
    """Take a value into the range, the means and the ring."""
    state.low = min(state.low, value)
    state.high = max(state.high, value)
    state.ring[state.count % RING] = value
    state.count += 1
    state.mean += (value - state.mean) / state.count
    for place in range(len(MEMORIES)):
        share = max(1.0 / state.count, 1.0 / MEMORIES[place])
        state.memory[place] += (value - state.memory[place]) * share


@compiled
def measure(state: Any, time_s: int, value: float, aspects: Any, sums: Any, moves: Any) -> None:
    """The surprise of a value in each aspect."""
    aspects[:] = 0.0
    if state.count > 0:
        newest = state.ring[(state.count - 1) % RING]
        known = look_back(state, value, sums, moves)
        aspects[0] = judge_both(state, JUMP, state.count - 1, value - newest)
        aspects[1] = departure(state, value)
        aspects[2] = level(state, known, sums)
        aspects[3] = shift(state, known, sums)
        aspects[4] = roughness(state, known, moves)
        aspects[5] = stuck(state, value, newest)
    aspects[6] = rhythm(state, value, time_s)
    aspects[7] = CONTEXT_WEIGHT * context(state, value)


@compiled
def rested(state: Any, surprise: float) -> float:
    """Zero while a finding of the last rows says the same; only what is clearly more novel counts again."""
    state.rest += state.rest < REST_ROWS
    if state.rest < REST_ROWS and surprise <= REST_FACTOR * state.alarm:
        return 0.0
    if surprise > 0.0:
        state.alarm = surprise
        state.rest = 0
    return surprise


@compiled
def step(state: Any, time_s: int, raw: float, aspects: Any, sums: Any, moves: Any) -> float:
    """One value: its surprise in nats after suppression. What is not a finite number is counted and teaches nothing."""
    if not math.isfinite(raw):
        state.missing += 1
        aspects[:] = 0.0
        return 0.0
    clipped = min(max(raw, -HUGE), HUGE)
    if state.count == 0:
        state.origin = clipped
        state.rest = REST_ROWS
    value = clipped - state.origin
    measure(state, time_s, value, aspects, sums, moves)
    learn(state, tamed(state, value))
    total = 0.0
    for surprise in aspects:
        total += surprise**POWER
    return rested(state, total ** (1.0 / POWER))


@compiled
def observe(
    states: npt.NDArray[Any],
    series: npt.NDArray[np.int64],
    times_us: npt.NDArray[np.int64],
    values: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
    aspects: npt.NDArray[np.int8],
) -> None:
    """Score rows in the order given and learn each at once; fills `scores` and the leading aspect (-1 where the score is 0)."""
    surprises, sums, moves = np.zeros(len(ASPECTS)), np.zeros(RING + 1), np.zeros(RING + 1)
    for row in range(len(values)):
        state = states[series[row]]
        total = step(state, times_us[row] // US, values[row], surprises, sums, moves)
        scores[row] = total / (total + ALARM_NATS)
        aspects[row] = np.argmax(surprises) if total > 0.0 else -1

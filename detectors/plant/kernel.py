"""The compiled heart of the plant detector: what the sensors of a machine do together, against its first `TRAIN_ROWS` rows.

Three views of the last rows, each in units of what the same view did while the machine was learned:

* level: the mean of `WINDOW` rows, channel by channel. A channel that drifts by itself (a temperature) has block means that vary more than
  independent rows would; its deviations are discounted by that ratio, so that only a steady machine's channels speak;
* noise: the logarithm of the variance of `WINDOW` rows, channel by channel, the machine's rattle and its sensors' faults;
* correlation: what is left of each channel's level when the other channels have explained it (a row of the inverse of their ridged
  correlations, the regression of one on all others; compare the "unique" T2 of Mason, Tracy & Young 1995), treated as a channel of its
  own, with its own drift: each may be where it often is, but not while the others are there.

An alarm starts above a view's limit, goes on down to `OFF` of it and never below `REST` of the view's recent peak, because a machine comes
back from a big fault to nearly the old state only. A change point is a jump of the mean of `AFTER` rows against the `BEFORE` rows before
them, beyond what such jumps were while learning.

The reference never changes after it is learned: nothing seen later can poison it, and a machine that was rebuilt must be learned anew.
Everything is in this one file because numba's cache does not notice a change in another one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

Function = TypeVar("Function", bound=Callable[..., Any])
compiled = cast(Callable[[Function], Function], numba.njit(cache=True))

VERSION = 1  # any change of a score or of the state
TRAIN_ROWS = 400
MOST_CHANNELS = 24
WINDOW, BLOCK = 25, 30
AFTER, BEFORE = 15, 60
RING = AFTER + BEFORE
LIMITS = (5.0, 10.0, 8.0)  # of level, noise, correlation
OFF, REST, PEAK_MEMORY = 0.6, 0.3, 0.9995
DRIFT, DRIFT_POWER = 3.0, 1.5
RIDGE = 0.1
CHANGE_LIMIT, CHANGE_REST_ROWS = 5.0, 30
FEWEST = 60  # windows that a channel must have shown while learning; with fewer it is never judged
STILL = 1e-3  # a channel's smallest spread, as a share of its mean: less is a still sensor's last digit
HUGE = 1e100  # a value beyond is missing, so that squares stay finite
MOST = 1e12  # more deviations than that are no more telling

VIEWS = ("level", "noise", "correlation")
LEVEL, NOISE, CORRELATION = 0, 1, 2
RAW, ROLLED, BLOCKED, JUMPED, SPREAD = 0, 1, 2, 3, 4
STATISTICS = 5

STATE = np.dtype(
    [
        ("rows", np.int64),
        ("missing", np.int64),
        ("change_rest", np.int64),
        ("origin", np.float64, (MOST_CHANNELS,)),
        ("started", np.int8, (MOST_CHANNELS,)),
        ("ring", np.float64, (RING, MOST_CHANNELS)),
        ("counts", np.float64, (STATISTICS, MOST_CHANNELS)),
        ("means", np.float64, (STATISTICS, MOST_CHANNELS)),
        ("squares", np.float64, (STATISTICS, MOST_CHANNELS)),
        ("products", np.float64, (3, MOST_CHANNELS, MOST_CHANNELS)),
        ("residual", np.float64, (MOST_CHANNELS, MOST_CHANNELS)),
        ("residual_scale", np.float64, (MOST_CHANNELS,)),
        ("scale", np.float64, (MOST_CHANNELS,)),
        ("noise_scale", np.float64, (MOST_CHANNELS,)),
        ("change_scale", np.float64, (MOST_CHANNELS,)),
        ("peaks", np.float64, (len(VIEWS),)),
        ("alarms", np.int8, (len(VIEWS),)),
    ]
)


@compiled
def put(state: Any, values: Any, channels: int) -> None:
    """Take a row into the ring, as differences to each channel's first value."""
    place = state.rows % RING
    for channel in range(channels):
        value = values[channel]
        if not abs(value) < HUGE:
            state.missing += 1
            state.ring[place, channel] = np.nan
            continue
        if state.started[channel] == 0:
            state.started[channel], state.origin[channel] = 1, value
        state.ring[place, channel] = value - state.origin[channel]


@compiled
def mean(state: Any, channel: int, start: int, rows: int) -> float:
    """The mean of `rows` rows that end `start` rows ago; NaN where fewer than half of them are there."""
    total, found = 0.0, 0
    for back in range(start, start + rows):
        value = state.ring[(state.rows - back) % RING, channel]
        if not math.isnan(value):
            total += value
            found += 1
    return total / found if 2 * found >= rows else np.nan


@compiled
def spread(state: Any, channel: int, middle: float) -> float:
    """The logarithm of the last rows' variance around their mean, with a floor far below what is usual for the channel."""
    total, found = 0.0, 0
    for back in range(WINDOW):
        value = state.ring[(state.rows - back) % RING, channel]
        if not math.isnan(value):
            total += (value - middle) ** 2
            found += 1
    return math.log(total / max(found, 1) + still(state, channel) ** 2 + 1e-2 * variance(state, RAW, channel))


@compiled
def still(state: Any, channel: int) -> float:
    """The smallest difference that counts as one."""
    return float(STILL * abs(state.origin[channel] + state.means[RAW, channel]) + 1e-12)


@compiled
def variance(state: Any, statistic: int, channel: int) -> float:
    """A learned statistic's variance."""
    return float(state.squares[statistic, channel] / max(state.counts[statistic, channel], 1.0))


@compiled
def note(state: Any, statistic: int, channel: int, value: float) -> None:
    """Learn one value of a statistic (Welford 1962)."""
    if math.isnan(value):
        return
    state.counts[statistic, channel] += 1.0
    before = value - state.means[statistic, channel]
    state.means[statistic, channel] += before / state.counts[statistic, channel]
    state.squares[statistic, channel] += before * (value - state.means[statistic, channel])


@compiled
def jump(state: Any, channel: int) -> float:
    """How far the newest rows' mean is from that of the rows before them."""
    return mean(state, channel, 0, AFTER) - mean(state, channel, AFTER, BEFORE)


@compiled
def learn(state: Any, channels: int) -> None:
    """Learn what the row just put makes of every statistic, as far as there are rows enough for it."""
    offsets = np.full((3, channels), np.nan)
    for channel in range(channels):
        value = state.ring[state.rows % RING, channel]
        offsets[RAW, channel] = value - state.means[RAW, channel]
        note(state, RAW, channel, value)
        if state.rows >= WINDOW:
            level = mean(state, channel, 0, WINDOW)
            note(state, SPREAD, channel, spread(state, channel, level))
            offsets[ROLLED, channel] = level - state.means[ROLLED, channel]
            note(state, ROLLED, channel, level)
        if state.rows >= BLOCK:
            block = mean(state, channel, 0, BLOCK)
            offsets[BLOCKED, channel] = block - state.means[BLOCKED, channel]
            note(state, BLOCKED, channel, block)
        if state.rows >= RING:
            note(state, JUMPED, channel, jump(state, channel))
    for statistic in (RAW, ROLLED, BLOCKED):
        learn_together(state, statistic, offsets[statistic], channels)


@compiled
def learn_together(state: Any, statistic: int, offsets: Any, channels: int) -> None:
    """Learn how channels vary together (Welford 1962), from differences to the means before this row."""
    for one in range(channels):
        if math.isnan(offsets[one]):
            continue
        seen = state.counts[statistic, one]
        for other in range(channels):
            if not math.isnan(offsets[other]):
                product = offsets[one] * offsets[other] * (seen - 1.0) / seen
                state.products[statistic, one, other] += product


@compiled
def drift(blocked: float, independent: float) -> float:
    """By how much deviations are discounted: block means of a channel that drifts vary more than those of independent rows."""
    return float(max(1.0, blocked / (independent / BLOCK) / DRIFT) ** DRIFT_POWER)


@compiled
def settle(state: Any, channels: int) -> None:
    """Make the frozen reference of what was learned."""
    for channel in range(channels):
        independent = max(variance(state, RAW, channel), still(state, channel) ** 2)
        rolled = max(variance(state, ROLLED, channel), independent / WINDOW)
        state.scale[channel] = math.sqrt(rolled) * drift(variance(state, BLOCKED, channel), independent)
        noise = max(variance(state, SPREAD, channel), 2.0 / WINDOW)
        moved = variance(state, RAW, channel) > still(state, channel) ** 2
        state.noise_scale[channel] = math.sqrt(noise) if moved else np.inf
        jumped = max(variance(state, JUMPED, channel), independent * (1.0 / AFTER + 1.0 / BEFORE))
        state.change_scale[channel] = math.sqrt(jumped)
        if state.counts[ROLLED, channel] < FEWEST:
            state.scale[channel] = state.noise_scale[channel] = state.change_scale[channel] = np.inf
    relate(state, channels)


@compiled
def relate(state: Any, channels: int) -> None:
    """Learn what is left of each channel when the others have explained it, and how much that varies and drifts."""
    spreads = np.zeros(channels)
    for channel in range(channels):
        independent = max(variance(state, RAW, channel), still(state, channel) ** 2)
        spreads[channel] = math.sqrt(independent) * drift(variance(state, BLOCKED, channel), independent)
    inverse = inverted(state, spreads, channels)
    for channel in range(channels):
        for other in range(channels):
            share = inverse[channel, other] / inverse[channel, channel] / spreads[other]
            state.residual[channel, other] = share if state.counts[ROLLED, other] >= FEWEST else 0.0
        independent = max(form(state, RAW, channel, channels), 1e-4)
        rolled = max(form(state, ROLLED, channel, channels), independent / WINDOW)
        blocked = form(state, BLOCKED, channel, channels)
        state.residual_scale[channel] = math.sqrt(rolled) * drift(blocked, independent)


@compiled
def form(state: Any, statistic: int, channel: int, channels: int) -> float:
    """The learned variance of a channel's residual, as a statistic sees it."""
    total = 0.0
    for one in range(channels):
        for other in range(channels):
            product = state.products[statistic, one, other] / max(state.counts[statistic, one], 1.0)
            total += state.residual[channel, one] * state.residual[channel, other] * product
    return float(max(total, 0.0))


@compiled
def inverted(state: Any, spreads: Any, channels: int) -> Any:
    """The inverse of the levels' ridged correlations (Gauss-Jordan: positive definite, so no pivoting)."""
    matrix, inverse = np.zeros((channels, channels)), np.eye(channels)
    for one in range(channels):
        for other in range(channels):
            count = max(state.counts[RAW, one], 1.0)
            matrix[one, other] = state.products[RAW, one, other] / count / spreads[one] / spreads[other]
        matrix[one, one] += RIDGE
    for row in range(channels):
        pivot = max(matrix[row, row], RIDGE / 2)
        matrix[row] /= pivot
        inverse[row] /= pivot
        for other in range(channels):
            if other != row:
                factor = matrix[other, row]
                matrix[other] -= factor * matrix[row]
                inverse[other] -= factor * inverse[row]
    return inverse


@compiled
def judge(state: Any, view: int, size: float) -> float:
    """How many times the alarm's limit a view is at; more than 1 is an alarm."""
    size = min(size, MOST)
    state.peaks[view] = max(state.peaks[view] * PEAK_MEMORY, size)
    limit = max(REST * state.peaks[view], LIMITS[view] * OFF if state.alarms[view] == 1 else LIMITS[view])
    state.alarms[view] = 1 if size > limit else 0
    return float(size / limit)


@compiled
def look(state: Any, channels: int, evidence: Any) -> tuple[float, int, int]:
    """By how many times its limit the strongest view of the newest row speaks, the view, and its channel; fills its evidence."""
    offsets, sizes = np.zeros(channels), np.zeros(len(VIEWS))
    speakers = np.full(len(VIEWS), -1)
    for channel in range(channels):
        middle = mean(state, channel, 0, WINDOW)
        if math.isnan(middle):
            continue
        offsets[channel] = middle - state.means[RAW, channel]
        hear(sizes, speakers, LEVEL, channel, offsets[channel] / state.scale[channel])
        noise = spread(state, channel, middle) - state.means[SPREAD, channel]
        hear(sizes, speakers, NOISE, channel, noise / state.noise_scale[channel])
    for channel in range(channels):
        left = 0.0
        for other in range(channels):
            left += state.residual[channel, other] * offsets[other]
        hear(sizes, speakers, CORRELATION, channel, left / state.residual_scale[channel])
    best, strongest = 0.0, -1
    for view in range(len(VIEWS)):
        size = judge(state, view, sizes[view])
        if size > best:
            best, strongest = size, view
    if strongest >= 0:
        explain(state, strongest, speakers[strongest], evidence)
    return best, strongest, speakers[strongest] if strongest >= 0 else -1


@compiled
def hear(sizes: Any, speakers: Any, view: int, channel: int, size: float) -> None:
    """Keep a channel's deviation if it is the largest of its view."""
    if abs(size) > sizes[view]:
        sizes[view], speakers[view] = abs(size), channel


@compiled
def explain(state: Any, view: int, channel: int, evidence: Any) -> None:
    """What the channel's level (or spread) is, what it was while learning, and the range that makes no alarm."""
    if channel < 0:
        return
    middle = mean(state, channel, 0, WINDOW)
    if view == NOISE:
        usual, margin = state.means[SPREAD, channel] / 2, LIMITS[NOISE] * state.noise_scale[channel] / 2
        evidence[0] = math.exp(spread(state, channel, middle) / 2)
        evidence[1], evidence[2], evidence[3] = (
            math.exp(usual),
            math.exp(usual - margin),
            math.exp(min(usual + margin, 700.0)),
        )
        return
    usual, margin = (
        state.origin[channel] + state.means[RAW, channel],
        LIMITS[LEVEL] * state.scale[channel],
    )
    evidence[0], evidence[1] = state.origin[channel] + middle, usual
    evidence[2], evidence[3] = usual - margin, usual + margin


@compiled
def changed(state: Any, channels: int) -> bool:
    """Whether a change point is announced at the newest row: one, then none for a while."""
    state.change_rest = max(state.change_rest - 1, 0)
    worst = 0.0
    for channel in range(channels):
        size = abs(jump(state, channel)) / state.change_scale[channel]
        if not math.isnan(size):
            worst = max(worst, size)
    if worst <= CHANGE_LIMIT or state.change_rest > 0:
        return False
    state.change_rest = CHANGE_REST_ROWS
    return True


@compiled
def observe(
    states: Any, places: Any, values: Any, scores: Any, changes: Any, views: Any, speakers: Any, evidence: Any
) -> None:
    """Score each row against its plant's reference, or learn it where that is not yet made."""
    channels = values.shape[1]
    for row in range(len(places)):
        state = states[places[row]]
        put(state, values[row], channels)
        if state.rows < TRAIN_ROWS:
            learn(state, channels)
            if state.rows == TRAIN_ROWS - 1:
                settle(state, channels)
        else:
            size, views[row], speakers[row] = look(state, channels, evidence[row])
            scores[row] = size / (1.0 + size)
            changes[row] = changed(state, channels)
        state.rows += 1

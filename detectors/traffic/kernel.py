"""The compiled heart of the traffic detector: how rare each event is in many small views, calibrated, added up, and learned with distrust.

An event has numeric columns (symmetric logarithm, cut into bins of `RESOLUTIONS` widths by the reference's own quantiles) and text columns
(hashed). Its *views* are: each column for the whole cohort; each column for this device, starting from the cohort (Dirichlet prior of
`PRIOR` events), pairs of columns, and how often this device sent events of this very kind lately (damped counts as in Kitsune, Mirsky et
al. 2018). A view's surprise is -ln of a damped frequency, kept in a count-min sketch (Cormode & Muthukrishnan 2005).

Surprises of different views mean different things: a view where everything is always new says nothing. So each one is turned into a
conformal p-value against what this view said of learned events (Vovk, Gammerman & Shafer 2005), and an event's size is the sum of -ln p.

Learning is gated: an event whose size is unusual is learned with a weight that falls with the number of unusual events the same device
sent lately: a flood teaches next to nothing. The price is that a change of a whole fleet (a new service everywhere) stays unusual until the
model is learned anew by a replay; comparing a cohort with itself is another detector's task.

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
RESOLUTIONS = (8.0, 2.0)  # bins between the 5% and the 95% quantile
COARSE = 1
ROWS, SLOTS = 2, 1 << 16  # of the sketch
DEVICES = 1 << 14  # slots for devices and for kinds of events; a shared slot makes both look busier
BINS, BIN_NATS = 80, 0.5
SIZE_BINS, SIZE_NATS = 512, 1.0
PRIOR = 10.0
FAR_NATS, MOST_FAR = 3.0, 18.0  # for each range outside a number's range, and together
MEMORY_EVENTS = 100_000.0  # learned events until a count has half its weight
TRUST_S = 3600.0  # seconds until a device's unusual events count half
SPANS_S = (10.0, 300.0)
GATE = 0.02  # the share of learned events whose size is called unusual
LEAST_WEIGHT = 1e-5
START = 50  # events learned before any is judged
FITS = (50, 200, 1000)  # learned events after which bins are fitted anew, to all of those
KEPT = FITS[-1]
MOST_PAIRS = 64
LIMIT = 3.5  # nats a unit of weight at which an event is worth an alarm
MIX = np.uint64(0x9E3779B97F4A7C15)


@compiled
def mixed(a: Any, b: Any) -> Any:
    """Two 64-bit words as one, well spread (the finaliser of splitmix64, Steele et al. 2014)."""
    word = (a ^ (b + MIX + (a << np.uint64(6)) + (a >> np.uint64(2)))) + MIX
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@compiled
def squeezed(value: float) -> float:
    """A number on a scale that is linear near 0 and logarithmic far from it."""
    return math.asinh(value)


@compiled
def symbol(value: float, low: float, width: float) -> Any:
    """The bin of a squeezed number; one of its own for a missing one."""
    if math.isnan(value):
        return np.uint64(1)
    return np.uint64(int(min(max(math.floor((value - low) / width + 0.5), -1000.0), 1000.0)) + 2000)


@compiled
def count(sketch: Any, key: Any) -> float:
    """The damped count of a key, never too small."""
    least = 1e300
    for row in range(ROWS):
        least = min(least, sketch[row, (key >> np.uint64(row * 24)) % np.uint64(SLOTS)])
    return float(least)


@compiled
def add(sketch: Any, key: Any, weight: float) -> None:
    """Count a key."""
    for row in range(ROWS):
        sketch[row, (key >> np.uint64(row * 24)) % np.uint64(SLOTS)] += weight


@compiled
def symbols(numbers: Any, words: Any, lows: Any, widths: Any, fine: Any, coarse: Any, far: Any) -> None:
    """The event's symbols a column, numbers first, finely and coarsely cut; how far numbers are outside their range."""
    for column in range(len(numbers)):
        value = squeezed(numbers[column])
        fine[column] = symbol(value, lows[column], widths[column] / RESOLUTIONS[0])
        coarse[column] = symbol(value, lows[column], widths[column] / RESOLUTIONS[COARSE])
        beyond = max(lows[column] - value, value - lows[column] - widths[column], 0.0) / widths[column]
        far[column] = 0.0 if math.isnan(value) else min(FAR_NATS * beyond, MOST_FAR)
    for place in range(len(words)):
        fine[len(numbers) + place] = coarse[len(numbers) + place] = words[place]


@compiled
def keyed(kind: int, column: int, word: Any) -> Any:
    """A key of the sketch."""
    return mixed(np.uint64(kind * 4096 + column), word)


@compiled
def surprise(sketch: Any, key: Any, total: float, unit: float) -> float:
    """-ln of a key's frequency, with one unseen event added."""
    return math.log((total / unit + 1.0) / (count(sketch, key) / unit + 1.0))


@compiled
def survey(
    sketch: Any,
    device: Any,
    fine: Any,
    coarse: Any,
    far: Any,
    pairs: Any,
    total: float,
    unit: float,
    found: Any,
) -> None:
    """Every view's surprise at an event, but for the rates."""
    columns = len(fine)
    mine = count(sketch, keyed(9, 0, device)) / unit
    for column in range(columns):
        found[column] = surprise(sketch, keyed(0, column, fine[column]), total, unit)
        rough = surprise(sketch, keyed(1, column, coarse[column]), total, unit)
        found[column] += rough + far[column]
        own = count(sketch, keyed(2, column, mixed(device, coarse[column]))) / unit
        found[columns + column] = -math.log((own + PRIOR * math.exp(-rough)) / (mine + PRIOR))
    for place in range(len(pairs)):
        word = mixed(coarse[pairs[place, 0]], coarse[pairs[place, 1]])
        found[2 * columns + place] = surprise(sketch, keyed(3, place, word), total, unit)


@compiled
def teach(sketch: Any, device: Any, fine: Any, coarse: Any, pairs: Any, weight: float) -> None:
    """Count an event in every view."""
    add(sketch, keyed(9, 0, device), weight)
    for column in range(len(fine)):
        add(sketch, keyed(0, column, fine[column]), weight)
        add(sketch, keyed(1, column, coarse[column]), weight)
        add(sketch, keyed(2, column, mixed(device, coarse[column])), weight)
    for place in range(len(pairs)):
        add(sketch, keyed(3, place, mixed(coarse[pairs[place, 0]], coarse[pairs[place, 1]])), weight)


@compiled
def faded(weight: float, since_us: Any, now_us: Any, half_s: float) -> float:
    """A count that loses half in `half_s`; a clock that runs backwards loses nothing."""
    return float(weight * 2.0 ** (-max(float(now_us) - float(since_us), 0.0) / 1e6 / half_s))


@compiled
def rate(rates: Any, rate_us: Any, device: Any, coarse: Any, kinds: Any, now_us: Any, found: Any) -> None:
    """How often the device sent events like this one lately: the logarithm of damped counts; counts this one."""
    word = device
    for column in range(len(coarse)):
        if kinds[column]:
            word = mixed(word, coarse[column])
    slot = word % np.uint64(DEVICES)
    for span in range(len(SPANS_S)):
        rates[slot, span] = faded(rates[slot, span], rate_us[slot], now_us, SPANS_S[span]) + 1.0
        found[span] = 2.0 * math.log(rates[slot, span])
    rate_us[slot] = now_us


@compiled
def tail(histogram: Any, place: int, total: float, unit: float) -> float:
    """-ln of the conformal p-value: the share of learned events that were at least as odd, with this one.

    Beyond everything learned (half an event's weight) an exponential tail goes on: a nat a nat.
    """
    above = 0.0
    for other in range(place, len(histogram)):
        above += histogram[other]
    said, top, mass = math.log((total / unit + 1.0) / (above / unit + 1.0)), place, above / unit
    while mass < 0.5 and top > 0:
        top -= 1
        mass += histogram[top] / unit
    return said + max(place - top - 1, 0) * BIN_NATS


@compiled
def binned(value: float, width: float, bins: int) -> int:
    """The bin of a histogram."""
    return int(min(max(value / width, 0.0), bins - 1.0))


@compiled
def fit(kept: Any, count_kept: int, lows: Any, widths: Any) -> None:
    """The numeric columns' ranges from kept events: 5% to 95% of the squeezed values, widened where there is none."""
    for column in range(len(lows)):
        values = kept[:count_kept, column]
        values = np.sort(values[~np.isnan(values)])
        if len(values) == 0:
            lows[column], widths[column] = 0.0, 1.0
            continue
        low, high = values[len(values) // 20], values[(len(values) * 19) // 20]
        lows[column] = low
        span = values[-1] - values[0]
        widths[column] = max(high - low, span / 8, 1e-3 * (1.0 + abs(low)))


@compiled
def sort_kinds(kept_words: Any, count_kept: int, numbers: int, kinds: Any) -> None:
    """Which columns name the kind of an event: text of few values."""
    for place in range(kept_words.shape[1]):
        kinds[numbers + place] = len(np.unique(kept_words[:count_kept, place])) <= max(count_kept // 4, 2)


@compiled
def learn_again(model: Any, kept: int) -> None:
    """Fit bins to the kept events and count those anew."""
    (
        sketch,
        histograms,
        sizes,
        lows,
        widths,
        kinds,
        kept_numbers,
        kept_words,
        kept_devices,
        pairs,
        weights,
        scalars,
    ) = model
    numbers = kept_numbers.shape[1]
    fit(kept_numbers, kept, lows, widths)
    sort_kinds(kept_words, kept, numbers, kinds)
    sketch[:], sizes[:] = 0.0, 0.0
    histograms[: len(histograms) - len(SPANS_S)] = 0.0
    columns = numbers + kept_words.shape[1]
    fine, coarse = np.zeros(columns, np.uint64), np.zeros(columns, np.uint64)
    far = np.zeros(columns)
    found = np.zeros(len(histograms))
    for turn in range(2):
        total = 0.0 if turn == 0 else kept - 1.0
        for row in range(kept):
            symbols(np.sinh(kept_numbers[row]), kept_words[row], lows, widths, fine, coarse, far)
            if turn == 0:
                teach(sketch, kept_devices[row], fine, coarse, pairs, 1.0)
                continue
            teach(sketch, kept_devices[row], fine, coarse, pairs, -1.0)
            survey(sketch, kept_devices[row], fine, coarse, far, pairs, total, 1.0, found)
            teach(sketch, kept_devices[row], fine, coarse, pairs, 1.0)
            for view in range(len(histograms) - len(SPANS_S)):
                histograms[view, binned(found[view], BIN_NATS, BINS)] += 1.0
    for row in range(kept):  # sizes with all of the histograms
        symbols(np.sinh(kept_numbers[row]), kept_words[row], lows, widths, fine, coarse, far)
        teach(sketch, kept_devices[row], fine, coarse, pairs, -1.0)
        survey(sketch, kept_devices[row], fine, coarse, far, pairs, kept - 1.0, 1.0, found)
        teach(sketch, kept_devices[row], fine, coarse, pairs, 1.0)
        size, _ = judge(histograms, found, weights, float(kept), 1.0)
        sizes[binned(size, SIZE_NATS, SIZE_BINS)] += 1.0
    scalars[1], scalars[2] = float(kept), 1.0


@compiled
def judge(histograms: Any, found: Any, weights: Any, total: float, unit: float) -> tuple[float, int]:
    """The event's size, and the view that adds most to it."""
    size, most, speaker = 0.0, 0.0, -1
    for view in range(len(found)):
        said = tail(histograms[view], binned(found[view], BIN_NATS, BINS), total, unit) * weights[view]
        size += said
        if said > most:
            most, speaker = said, view
    return size, speaker


@compiled
def trust(suspicions: Any, suspect_us: Any, device: Any, now_us: Any, p_value: float) -> float:
    """The weight with which a device's event is learned: 1 for a usual one, less the less plausible and the more of them lately."""
    if p_value >= GATE:
        return 1.0
    slot = device % np.uint64(DEVICES)
    suspicions[slot] = faded(suspicions[slot], suspect_us[slot], now_us, TRUST_S)
    weight = math.sqrt(p_value / GATE) / (1.0 + suspicions[slot]) ** 2
    suspicions[slot], suspect_us[slot] = suspicions[slot] + 1.0, now_us
    return float(max(weight, LEAST_WEIGHT))


@compiled
def observe(
    model: Any,
    rates: Any,
    rate_us: Any,
    suspicions: Any,
    suspect_us: Any,
    devices: Any,
    times_us: Any,
    numbers: Any,
    words: Any,
    out: Any,
    p_values: Any,
    views: Any,
) -> None:
    """Score events, then learn them."""
    (
        sketch,
        histograms,
        sizes,
        lows,
        widths,
        kinds,
        kept_numbers,
        kept_words,
        kept_devices,
        pairs,
        weights,
        scalars,
    ) = model
    columns = numbers.shape[1] + words.shape[1]
    fine, coarse = np.zeros(columns, np.uint64), np.zeros(columns, np.uint64)
    far = np.zeros(columns)
    found = np.zeros(len(histograms))
    growth = 2.0 ** (1.0 / MEMORY_EVENTS)
    for row in range(len(devices)):
        learned, total, unit = int(scalars[0]), scalars[1], scalars[2]
        device, weight = devices[row], 1.0
        if learned >= START:
            symbols(numbers[row], words[row], lows, widths, fine, coarse, far)
            survey(sketch, device, fine, coarse, far, pairs, total, unit, found)
            rate(rates, rate_us, device, coarse, kinds, times_us[row], found[len(found) - len(SPANS_S) :])
            size, views[row] = judge(histograms, found, weights, total, unit)
            out[row] = size
            place = binned(size, SIZE_NATS, SIZE_BINS)
            p_values[row] = math.exp(-tail(sizes, place, total, unit))
            weight = trust(suspicions, suspect_us, device, times_us[row], p_values[row])
            teach(sketch, device, fine, coarse, pairs, weight * unit)
            for view in range(len(found)):
                histograms[view, binned(found[view], BIN_NATS, BINS)] += weight * unit
            sizes[place] += weight * unit
            scalars[1] += weight * unit
            scalars[2] *= growth
        if learned < KEPT and weight > 0.5:
            for column in range(numbers.shape[1]):
                kept_numbers[learned, column] = squeezed(numbers[row, column])
            for column in range(words.shape[1]):
                kept_words[learned, column] = words[row, column]
            kept_devices[learned] = device
            scalars[0] += 1.0
            for due in FITS:
                if learned + 1 == due:
                    learn_again(model, due)
        if scalars[2] > 1e12:
            sketch /= scalars[2]
            histograms /= scalars[2]
            sizes /= scalars[2]
            scalars[1], scalars[2] = scalars[1] / scalars[2], 1.0

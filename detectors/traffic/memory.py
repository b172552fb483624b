"""Everything a model remembers, as one tuple of arrays that compiled code can take, all of a size that its columns fix."""

from __future__ import annotations

from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors import conformal
from detectors.traffic import behaviour, calibration, relations, sketch

START = 16  # events learned before rarity is judged
FITS = (16, 50, 200, 1000)  # learned events after which bins are fitted anew, to all of those
KEPT = FITS[-1]
MOST_PAIRS = 64
DEVICES = 1 << 12  # slots for devices' numbers
MET_VALUES = 1 << 13  # slots for values of texts that were met
RATES = len(behaviour.SPANS_S)
# Places in `scalars`.
(
    LEARNED,
    TOTAL,
    UNIT,
    SCALE,
    BASE,
    EVENTS,
    GATE_UNIT,
    RELATED,
    VIEW_UNIT,
    EXTREMES,
    USUAL,
    ALL,
    JUMPED,
    TAUGHT,
) = range(14)


class Memory(NamedTuple):
    """The arrays; `view_counts` says how many views of each family there are, in `FAMILIES`' order."""

    sketch: Any
    histograms: Any
    nats: Any
    gate: Any  # sizes and risks of what is taken for usual
    usual: Any  # odds while nobody is suspected, whatever they were
    lows: Any
    widths: Any
    ranges: Any
    middles: Any
    cores: Any
    kinds: Any
    names: Any
    kept_numbers: Any
    kept_words: Any
    kept_devices: Any
    kept_near: Any
    kept_extras: Any
    pairs: Any
    weights: Any
    owners: Any
    ages: Any
    echoes: Any
    counts: Any
    customs: Any
    active: Any
    met_values: Any
    meetings: Any
    levels: Any
    spreads: Any
    scales: Any
    covariance: Any
    precision: Any
    rates: Any
    rate_us: Any
    walks: Any
    walk_us: Any
    fans: Any
    fan_owners: Any
    suspicions: Any
    suspect_us: Any
    scalars: Any
    view_counts: Any


FAMILIES = ("columns", "own", "pairs", "residuals", "together", "jumps", "rates", "fans")


def pairs_of(numbers: int, words: int) -> npt.NDArray[np.int64]:
    """The pairs of columns that are watched: those with a text first, then others, `MOST_PAIRS` drawn once and for ever."""
    every = list(combinations(range(numbers + words), 2))
    draw = np.random.default_rng(numbers + words).permutation(len(every))
    texts_first = sorted(
        range(len(every)),
        key=lambda place: (-(every[place][0] >= numbers) - (every[place][1] >= numbers), draw[place]),
    )
    return np.array([every[place] for place in sorted(texts_first[:MOST_PAIRS])], np.int64).reshape(-1, 2)


def counts_of(numbers: int, words: int, pairs: int) -> npt.NDArray[np.int64]:
    """How many views of each family there are."""
    related = min(numbers, relations.MOST) if numbers > 1 else 0
    return np.array([numbers + words, words, pairs, related, min(related, 1), numbers, RATES, behaviour.FANS])


def weights_of(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """What a view counts for: the pairs together as much as the columns, what is only one device's habit half."""
    own = np.array([1.0, 0.5, min(1.0, counts[0] / max(counts[2], 1)), 1.0, 1.0, 0.5, 1.0, 1.0])
    return np.repeat(own, counts)


def fresh(numbers: int, words: int) -> Memory:
    """The memory of nothing."""
    pairs = pairs_of(numbers, words)
    counts = counts_of(numbers, words, len(pairs))
    views, related = int(counts.sum()), int(counts[3])
    extras = int(counts[3:].sum())
    return Memory(
        sketch=np.zeros((sketch.LINES, sketch.CELLS), np.float32),
        histograms=np.zeros((views, calibration.BINS)),
        nats=np.zeros((views, calibration.BINS)),
        gate=calibration.fresh_tree(),
        usual=conformal.scores(1)[0],
        lows=np.zeros(numbers),
        widths=np.ones(numbers),
        ranges=np.zeros((2, numbers)),
        middles=np.zeros(numbers),
        cores=np.ones(numbers),
        kinds=np.zeros(numbers + words, np.bool_),
        names=np.zeros(numbers + words, np.bool_),
        kept_numbers=np.zeros((KEPT, numbers)),
        kept_words=np.zeros((KEPT, words), np.uint64),
        kept_devices=np.zeros(KEPT, np.uint64),
        kept_near=np.ones((KEPT, numbers), np.float32),
        kept_extras=np.zeros((KEPT, extras), np.float32),
        pairs=pairs,
        weights=weights_of(counts),
        owners=np.zeros(DEVICES, np.uint64),
        ages=np.zeros(DEVICES, np.int64),
        echoes=np.zeros((behaviour.KINDS, 2)),
        counts=np.zeros((behaviour.KINDS, 2)),
        customs=np.zeros((behaviour.KINDS, 4)),
        active=np.zeros(behaviour.CELLS),
        met_values=np.zeros(MET_VALUES, np.uint64),
        meetings=np.zeros(MET_VALUES),
        levels=np.zeros((DEVICES, numbers), np.float32),
        spreads=np.ones(DEVICES),
        scales=np.zeros(numbers),
        covariance=np.zeros((related, related)),
        precision=np.eye(related),
        rates=np.zeros((behaviour.KINDS, RATES), np.float32),
        rate_us=np.zeros((behaviour.KINDS, RATES), np.int64),
        walks=np.zeros(behaviour.KINDS, np.float32),
        walk_us=np.zeros(behaviour.KINDS, np.int64),
        fans=np.zeros((behaviour.DEVICES, behaviour.FANS, behaviour.CELLS), np.int32),
        fan_owners=np.zeros(behaviour.DEVICES, np.uint64),
        suspicions=np.zeros(behaviour.DEVICES + 1),
        suspect_us=np.zeros(behaviour.DEVICES + 1, np.int64),
        scalars=np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0]),
        view_counts=counts,
    )

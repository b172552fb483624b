"""The scoring of the Numenta Anomaly Benchmark: early alarms in a window earn, alarms outside cost, one threshold for a whole corpus.

Source: Lavin & Ahmad, "Evaluating Real-Time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark", ICMLA 2015 (arXiv 1510.03336),
with the constants of the published benchmark. Where both differ (the exact place of a row in its window, nothing earned or lost in
the probation), the published benchmark is followed, so that figures can be compared with its scoreboard.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PROBATION_SHARE, PROBATION_ROWS = 0.15, 5000
FAR_PAST_WINDOW = 3.0


@dataclass(frozen=True)
class Profile:
    """What an application gains by a caught anomaly and pays for a false alarm and for a missed anomaly."""

    name: str
    caught: float
    false_alarm: float
    missed: float


PROFILES = (
    Profile("standard", 1.0, 0.11, 1.0),
    Profile("low_fp", 1.0, 0.22, 1.0),
    Profile("low_fn", 1.0, 0.11, 2.0),
)


@dataclass(frozen=True)
class Labelled:
    """One series as the scorer sees it: a score a row, and windows as first and last row (both inside, in order, disjoint)."""

    scores: Floats
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Result:
    """One profile's outcome: the score (0 the silent detector, 100 the perfect one), its threshold, points and counts per series."""

    score: float
    threshold: float
    points: tuple[float, ...]
    caught: tuple[int, ...]
    false_alarms: tuple[int, ...]


def scaled_sigmoid(position: Floats) -> Floats:
    """An alarm's worth: 0.987 at a window's left edge (-1), 0 at its right edge (0), -1 from three window widths behind it on."""
    return np.where(
        position >= FAR_PAST_WINDOW, -1.0, 2.0 / (1.0 + np.exp(5.0 * np.minimum(position, 5.0))) - 1.0
    )


def probation(rows: int) -> int:
    """How many rows at the start of a series of this length are not scored."""
    return int(min(PROBATION_SHARE * rows, PROBATION_SHARE * PROBATION_ROWS))


def values(series: Labelled, profile: Profile) -> tuple[Floats, npt.NDArray[np.int64]]:
    """What an alarm at each row is worth, and the number of the window it lies in (-1 outside)."""
    row = np.arange(len(series.scores))
    window = np.full(len(row), -1, np.int64)
    past = np.full(len(row), FAR_PAST_WINDOW)
    worth = np.zeros(len(row))
    best = float(scaled_sigmoid(np.array(-1.0)))
    for number, (first, last) in enumerate(series.windows):
        width = last - first + 1
        inside = slice(first, last + 1)
        window[inside] = number
        worth[inside] = scaled_sigmoid(-(last - row[inside] + 1) / width) * profile.caught / best
        past[last + 1 :] = (row[last + 1 :] - last) / max(width - 1, 1)
    outside = window < 0
    worth[outside] = scaled_sigmoid(past[outside]) * profile.false_alarm
    return worth, window


def gains(series: Labelled, profile: Profile) -> tuple[Floats, Floats]:
    """Scores of the rows that count, falling, and what each adds to the points when the threshold falls to it.

    A window is worth its best (earliest) alarm only, so a row in a window adds what it improves on the higher-scored rows there.
    """
    worth, window = values(series, profile)
    start = probation(len(worth))
    order = start + np.argsort(-series.scores[start:], kind="stable")
    added = worth[order].copy()
    for number in range(len(series.windows)):
        mine = np.flatnonzero(window[order] == number)
        best = np.maximum.accumulate(np.concatenate(([-profile.missed], added[mine])))
        added[mine] = np.diff(best)
    return series.scores[order], added


def best_threshold(corpus: list[Labelled], profile: Profile) -> float:
    """The one threshold (alarm at scores equal or above) with the most points over all series; infinite when silence is best."""
    pairs = [gains(series, profile) for series in corpus]
    scores = np.concatenate([pair[0] for pair in pairs])
    order = np.argsort(-scores, kind="stable")
    total = np.cumsum(np.concatenate([pair[1] for pair in pairs])[order])
    falling = scores[order]
    ends = np.flatnonzero(np.append(falling[1:] != falling[:-1], True))
    best = int(ends[np.argmax(total[ends])])
    return float(falling[best]) if total[best] > 0 else float("inf")


def points(series: Labelled, profile: Profile, threshold: float) -> tuple[float, int, int]:
    """One series at one threshold: points (silence costs `missed` a window), windows caught and rows of false alarm."""
    worth, window = values(series, profile)
    alarmed = series.scores >= threshold
    alarmed[: probation(len(worth))] = False
    false = alarmed & (window < 0)
    total, caught = float(worth[false].sum()), 0
    for number in range(len(series.windows)):
        hits = worth[alarmed & (window == number)]
        caught += len(hits) > 0
        total += max(-profile.missed, float(hits.max())) if len(hits) else -profile.missed
    return total, caught, int(false.sum())


def score(corpus: list[Labelled], profile: Profile, threshold: float | None = None) -> Result:
    """The normalised score of a corpus; its own best threshold unless one is given. ValueError without any window: nothing to catch."""
    windows = sum(len(series.windows) for series in corpus)
    if windows == 0:
        raise ValueError("no labelled window in any series: a score would mean nothing")
    at = best_threshold(corpus, profile) if threshold is None else threshold
    each = [points(series, profile, at) for series in corpus]
    silent = -profile.missed * windows
    perfect = profile.caught * windows
    normal = 100.0 * (sum(one[0] for one in each) - silent) / (perfect - silent)
    return Result(
        normal,
        at,
        tuple(one[0] for one in each),
        tuple(one[1] for one in each),
        tuple(one[2] for one in each),
    )

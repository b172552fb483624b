"""What every detector says of its findings besides the sentence: the metrics of the moment, the peers, the nearest normal value.

Each function takes plain numbers and drops what is not finite, so that a finding can always be written as JSON and never names a metric
without its numbers. The same arguments always give the same explanation; nothing else is looked at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from schemas.detection import Cohort, Contribution, Nearest

Doubles = npt.NDArray[np.float64]
Values = Sequence[float] | Doubles
# As many as a person takes in at one glance.
MOST = 5
# The expected range is the expected value and so many robust standard deviations to each side.
RANGE_Z = 3.0


def contribution(
    metric: str,
    actual: float,
    expected: float,
    deviation: float,
    *,
    score: float | None = None,
    p_value: float | None = None,
) -> Contribution | None:
    """One metric at the moment of a finding; None where a number is missing (NaN, infinite) or nothing is known of its spread (0).

    `deviation` is a robust standard deviation in the metric's unit. `score` is worked out of the others where it is not given.
    """
    if not (math.isfinite(deviation) and deviation > 0):
        return None
    scored = (actual - expected) / deviation if score is None else score
    low, high = expected - RANGE_Z * deviation, expected + RANGE_Z * deviation
    if not all(math.isfinite(value) for value in (actual, expected, low, high, scored)):
        return None
    likely = p_value if p_value is not None and 0.0 <= p_value <= 1.0 else None
    return Contribution(
        metric=metric, actual=actual, expected=expected, low=low, high=high, score=scored, p_value=likely
    )


def most_telling(candidates: Iterable[Contribution | None], *, keep: str = "") -> tuple[Contribution, ...]:
    """At most `MOST` of them, the largest score first and equal ones by name; the metric `keep` is among them whatever its score."""
    there = [one for one in candidates if one is not None]
    kept = sorted(there, key=lambda one: (one.metric != keep, *_rank(one)))[:MOST]
    return tuple(sorted(kept, key=_rank))


def _rank(one: Contribution) -> tuple[float, str]:
    return -abs(one.score), one.metric


def cohort(
    peers: int,
    changed: int,
    *,
    model: str = "",
    site: str = "",
    metric: str = "",
    actual: Values = (),
    expected: Values = (),
) -> Cohort:
    """What the peers do: `actual` is what each measured last of `metric`, `expected` what was expected of each."""
    now, before = _finite(actual), _finite(expected)
    if not metric or not len(now) or not len(before):
        return Cohort(peers=peers, changed=changed, model=model, site=site)
    return Cohort(
        peers=peers,
        changed=changed,
        model=model,
        site=site,
        metric=metric,
        now=_middle(now),
        before=_middle(before),
        low=float(now.min()),
        high=float(now.max()),
    )


def _finite(values: Values) -> Doubles:
    array = np.asarray(values, np.float64)
    return array[np.isfinite(array)]


def _middle(values: Doubles) -> float:
    """The median, the lower one of two: a value that a peer really has, and no sum that could overflow."""
    place = (len(values) - 1) // 2
    return float(np.partition(values, place)[place])


def nearest(
    metric: str,
    actual: float,
    deviation: float,
    low: float,
    high: float,
    peers: Sequence[tuple[str, float]] = (),
) -> Nearest | None:
    """The normal value closest to `actual`: inside the device's own range so far (`low` to `high`), or what is usual for one of `peers`.

    Its own range comes first where a peer is no closer, and the first peer where two are as close. None where nothing normal is known.
    """
    if not (math.isfinite(actual) and math.isfinite(deviation) and deviation > 0):
        return None
    known = [("", min(max(actual, low), high))] if low <= high else []
    known += peers
    finite = [(abs(actual - value), device, value) for device, value in known if math.isfinite(value)]
    if not finite:
        return None
    apart, device, value = min(finite, key=lambda one: one[0])
    distance = apart / deviation
    return (
        Nearest(metric=metric, value=value, distance=distance, device=device)
        if math.isfinite(distance)
        else None
    )

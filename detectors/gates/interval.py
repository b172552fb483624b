"""An anytime-valid interval for the difference of two failure rates: it may be looked at after every device, as often as one likes.

Each arm has the beta-binomial mixture martingale of Robbins (1970): the likelihood averaged over a Beta(a, b) prior, divided by the
likelihood at the true rate. The product of two independent arms' martingales is a martingale in whatever order the devices come, so by
Ville's inequality the pairs of rates where it stays below 1 / alpha hold the true pair at every moment with probability 1 - alpha
(Howard, Ramdas, McAuliffe, Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic confidence sequences"). The interval is the
range of p1 - p0 over that region. Any prior is valid; this one spends its sharpness on low failure rates, where healthy firmware is.
"""

from __future__ import annotations

import math
from functools import lru_cache

PRIOR_FAILED = 0.5
PRIOR_HEALTHY = 9.5
STEPS = 32
GOLDEN = (math.sqrt(5) - 1) / 2


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _log_likelihood(failed: float, devices: float, rate: float) -> float:
    good = devices - failed
    if (failed > 0 and rate <= 0) or (good > 0 and rate >= 1):
        return -math.inf
    return (failed * math.log(rate) if failed > 0 else 0.0) + (good * math.log1p(-rate) if good > 0 else 0.0)


def _log_marginal(failed: float, devices: float) -> float:
    prior = _log_beta(PRIOR_FAILED, PRIOR_HEALTHY)
    return _log_beta(PRIOR_FAILED + failed, PRIOR_HEALTHY + devices - failed) - prior


@lru_cache(maxsize=65_536)
def highest(failed1: float, devices1: float, failed0: float, devices0: float, alpha: float) -> float:
    """The upper end of the interval for p1 - p0, in -1..1; 1 while an arm has no device.

    Counts may be fractions (for planning); `0 <= failed <= devices` and `0 < alpha < 1`, else ValueError.
    """
    _check(failed1, devices1, failed0, devices0, alpha)
    if not devices1 or not devices0:
        return 1.0
    limit = _log_marginal(failed1, devices1) + _log_marginal(failed0, devices0) - math.log(1 / alpha)

    def inside(difference: float) -> bool:
        return _best_fit(failed1, devices1, failed0, devices0, difference) >= limit

    low, high = failed1 / devices1 - failed0 / devices0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) else (low, middle)
    return high


def lowest(failed1: float, devices1: float, failed0: float, devices0: float, alpha: float) -> float:
    """The lower end of the interval for p1 - p0: the mirror of `highest` with the arms exchanged."""
    return -highest(failed0, devices0, failed1, devices1, alpha)


def _best_fit(failed1: float, devices1: float, failed0: float, devices0: float, difference: float) -> float:
    """The greatest joint log likelihood of any pair of rates this far apart; concave in p0, so a golden-section search finds it."""

    def fit(rate0: float) -> float:
        return _log_likelihood(failed0, devices0, rate0) + _log_likelihood(
            failed1, devices1, rate0 + difference
        )

    low, high = max(0.0, -difference), min(1.0, 1 - difference)
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    fit_left, fit_right = fit(left), fit(right)
    for _ in range(STEPS):
        if fit_left >= fit_right:
            high, right, fit_right = right, left, fit_left
            left = high - GOLDEN * (high - low)
            fit_left = fit(left)
        else:
            low, left, fit_left = left, right, fit_right
            right = low + GOLDEN * (high - low)
            fit_right = fit(right)
    # The best rate is often 0 or 1 exactly (an arm without a failure), which the search only comes close to.
    return max(fit_left, fit_right, fit(max(0.0, -difference)), fit(min(1.0, 1 - difference)))


def _check(failed1: float, devices1: float, failed0: float, devices0: float, alpha: float) -> None:
    if not (0 <= failed1 <= devices1 and 0 <= failed0 <= devices0):
        raise ValueError("counts: failed must be between 0 and devices")
    if not 0 < alpha < 1:
        raise ValueError("alpha: must be between 0 and 1")


@lru_cache(maxsize=4096)
def needed(rate: float, margin: float, alpha: float, most: int = 100_000) -> int:
    """About how many devices an arm exclude a rise of `margin` where both arms fail at `rate`; `most` where that isn't enough."""
    if highest(rate * most, most, rate * most, most, alpha) >= margin:
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        enough = highest(rate * middle, middle, rate * middle, middle, alpha) < margin
        low, high = (low, middle) if enough else (middle, high)
    return high

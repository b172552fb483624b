"""Evidence from the order in which devices fail: it stops a firmware that breaks devices at once, long before the others have soaked.

Devices are put into arms at random, so if the new firmware does no harm every order of failures is equally likely: each next failing
device is drawn from those still working, without replacement. The evidence is the probability of the labels seen under a coin whose
bias is averaged over a Beta(1/2, 1/2) prior, divided by their probability under that draw. Under no harm it is a non-negative
martingale with mean 1 over the failures, so it ever exceeds k with probability at most 1 / k (Ville), no matter when one looks. Both
probabilities depend on the counts only. The idea is the safe logrank test (Ter Schure, Perez-Ortiz, Ly, Grunwald 2020).

It does not work where devices were not assigned at random, and does not see harm that comes later than the rest of the test.
"""

from __future__ import annotations

import math

PRIOR = 0.5


def _log_falling(devices: int, taken: int) -> float:
    """log of devices * (devices - 1) * ... over `taken` factors."""
    return math.lgamma(devices + 1) - math.lgamma(devices - taken + 1)


def log_evidence(failed1: int, devices1: int, failed0: int, devices0: int) -> float:
    """log of the evidence that arm 1 fails sooner; 0 (none) where arm 1 does not have more than its share of the failures.

    Needs `0 <= failed <= devices` for both arms, else ValueError.
    """
    if not (0 <= failed1 <= devices1 and 0 <= failed0 <= devices0):
        raise ValueError("counts: failed must be between 0 and devices")
    failed, devices = failed1 + failed0, devices1 + devices0
    if failed1 * devices <= failed * devices1:
        return 0.0
    mixture = (
        math.lgamma(PRIOR + failed1)
        + math.lgamma(PRIOR + failed0)
        - math.lgamma(2 * PRIOR + failed)
        - 2 * math.lgamma(PRIOR)
        + math.lgamma(2 * PRIOR)
    )
    drawn = _log_falling(devices1, failed1) + _log_falling(devices0, failed0) - _log_falling(devices, failed)
    return mixture - drawn

"""Whether devices that are quiet together have one cause: the binomial tail of their number."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

from detectors.silence.parameters import Parameters


def tail(overdue: int, devices: int, share: float) -> float:
    """The probability that at least `overdue` of `devices` are overdue if each is, by itself, with probability `share` (0 to 1)."""
    if overdue <= 0:
        return 1.0
    chances = (
        exp(
            lgamma(devices + 1)
            - lgamma(number + 1)
            - lgamma(devices - number + 1)
            + number * log(share)
            + (devices - number) * log1p(-share)
        )
        for number in range(overdue, devices + 1)
    )
    total = 0.0
    for chance in chances:
        total += chance
        if chance < total * 1e-12:
            break
    return min(total, 1.0)


def is_outage(overdue: int, devices: int, p: Parameters) -> bool:
    """Whether so many overdue devices of so many are one finding about the group."""
    return (
        overdue >= p.fewest
        and overdue > devices * p.overdue_share
        and tail(overdue, devices, p.overdue_share) <= p.group_p
    )

"""The bar for findings of one kind and direction in one tenant, from people's verdicts on them.

The share that is true has a Beta distribution (conjugate to true/false verdicts); verdicts on other devices are discounted by a power
prior (Ibrahim & Chen 2000, Statistical Science 15:46), so that a device is soon judged by its own. The bar rises from the weakest finding
by as much as the estimate lies below the prior, and never above the weakest finding that was true. Only counts, sums and quotients: the
same verdicts in any order give the same bar on every machine.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from detectors.feedback.bounds import (
    COUNTS,
    LEAST_JUDGED,
    MOST_JUDGED,
    MOST_RISK,
    MOST_TIMES,
    PEERS_COUNT_AS,
    PRIOR,
)
from schemas.weighed import Weighed


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict: true or false, on a finding of this device at this event time; `strength` is that of the alert's weakest like it."""

    device: str
    time: datetime
    true: bool
    strength: float


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one kind and direction in a tenant: the weakest finding weighed since the first verdict, verdicts by alert."""

    weakest: float
    judged: dict[str, Judged] = {}

    def with_verdict(self, alert: str, verdict: Judged) -> Cell:
        """The cell after a verdict on an alert; of too many the oldest are forgotten."""
        known = sorted({**self.judged, alert: verdict}.items(), key=lambda one: (one[1].time, one[0]))
        return Cell(weakest=min(self.weakest, verdict.strength), judged=dict(known[-MOST_JUDGED:]))

    def with_finding(self, strength: float) -> Cell:
        """The cell after a finding, judged or not."""
        return self if strength >= self.weakest else Cell(weakest=strength, judged=self.judged)


def weigh(cell: Cell | None, weighed: Weighed, device: str, now: datetime) -> Weighed:
    """The finding with the bar and the counts behind it, at the event time of the finding."""
    counting = [one for one in cell.judged.values() if now - one.time <= COUNTS] if cell else []
    if cell is None or not counting:
        return weighed
    weakest = min(cell.weakest, weighed.strength)
    bar = _bar(counting, weakest, device)
    return msgspec.structs.replace(
        weighed,
        bar=bar if bar > weakest else 0.0,
        times=bar / weakest,
        false=sum(not one.true for one in counting),
        judged=len(counting),
        precision=precision(counting, device),
        until=_until(counting, weakest, device) if bar > weakest else None,
    )


def precision(judged: Collection[Judged], device: str) -> float:
    """The mean of the share that is true on this device, in (0, 1); the prior's where too few were judged."""
    if len(judged) < LEAST_JUDGED:
        return PRIOR
    own = [one for one in judged if one.device == device]
    peers = len(judged) - len(own)
    discount = min(1.0, PEERS_COUNT_AS / peers) if peers else 0.0
    own_true = sum(one.true for one in own)
    true = own_true + discount * (sum(one.true for one in judged) - own_true)
    return (2 * PRIOR + true) / (2 + len(own) + discount * peers)


def false_on(cell: Cell | None, device: str, now: datetime) -> int:
    """How many verdicts that count said that a finding like this on this very device was false."""
    judged = cell.judged.values() if cell else ()
    return sum(not one.true and one.device == device and now - one.time <= COUNTS for one in judged)


def risk_shift(weighed: Weighed) -> int:
    """By how much the risk of a finding moves, -`MOST_RISK` to `MOST_RISK`."""
    return round(MOST_RISK * (weighed.precision - PRIOR) / PRIOR)


def _bar(judged: Collection[Judged], weakest: float, device: str) -> float:
    if sum(not one.true for one in judged) < LEAST_JUDGED:
        return weakest
    short = max(0.0, 1 - precision(judged, device) / PRIOR)
    bar = weakest * (1 + (MOST_TIMES - 1) * short)
    # Whatever was true once opens an alert, on whichever device.
    return max(weakest, min([bar, *(one.strength for one in judged if one.true)]))


def _until(judged: Collection[Judged], weakest: float, device: str) -> datetime:
    """When the bar is gone if nobody judges any more: verdicts stop counting one after the other, so some time there are too few."""
    for last in sorted({one.time for one in judged}):
        left = [one for one in judged if one.time > last]
        if _bar(left, weakest, device) <= weakest:
            return last + COUNTS
    raise AssertionError("without verdicts there is no bar")

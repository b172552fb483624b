"""How much a device's flows speak against it, and what is remembered of the odd ones."""

from __future__ import annotations

from math import log

import msgspec

from detectors.flows.columns import Flow
from detectors.flows.parameters import (
    FOUND_NATS,
    LATELY_S,
    MOST_NATS,
    ODD_IN_TROUBLE,
    ODDEST,
    QUIET_S,
    REPEATED_S,
    SUSPECT_NATS,
)
from schemas.detection import Evidence


class Odd(msgspec.Struct, frozen=True, kw_only=True):
    """An odd flow: how odd, in units of what is odd at all; its p-value; what the traffic detector said of it; how
    risky it is known to be (nats); its columns; its record."""

    size: float
    p_value: float
    view: str
    risk: float
    flow: Flow
    evidence: Evidence


class Episode(msgspec.Struct, kw_only=True):
    """A device since its first odd flow: suspicion (nats), its flows and the odd ones among them, the oddest since the last finding.

    Times are event times in microseconds since 1970; `told_us` is that of the newest finding, its own or one of all, 0 before the first.
    """

    since_us: int
    last_us: int
    suspicion: float = 0.0
    flows: int = 0
    odd: int = 0
    told_us: int = 0
    oddest: tuple[Odd, ...] = ()

    def usual(self, share: float) -> None:
        """A flow that is not odd; `share` is the tenant's share of odd ones."""
        self.flows += 1
        self.suspicion += log((1.0 - ODD_IN_TROUBLE) / (1.0 - min(share, ODD_IN_TROUBLE)))

    def take(self, odd: Odd, time_us: int, share: float) -> None:
        """A flow that is odd; it says nothing where they are as usual as in trouble."""
        self.flows += 1
        self.odd += 1
        self.suspicion = min(self.suspicion + log(ODD_IN_TROUBLE / min(share, ODD_IN_TROUBLE)), MOST_NATS)
        self.since_us, self.last_us = min(self.since_us, time_us), max(self.last_us, time_us)
        ranked = sorted((*self.oddest, odd), key=lambda one: (-one.size, one.evidence.event))
        self.oddest = tuple(ranked[:ODDEST])

    def is_over(self, time_us: int) -> bool:
        """Whether nothing speaks against the device any more."""
        return self.suspicion <= 0.0 or time_us - self.last_us > QUIET_S * 1_000_000

    def is_due(self, time_us: int) -> bool:
        """Whether a finding is complete: the first, or a further one after a while."""
        if self.told_us:
            return time_us - self.told_us >= REPEATED_S * 1_000_000
        return self.suspicion >= FOUND_NATS

    def is_suspect(self, time_us: int) -> bool:
        """Whether more than one odd flow lately speaks against the device."""
        return self.suspicion >= SUSPECT_NATS and time_us - self.last_us <= LATELY_S * 1_000_000

    def tell(self, time_us: int) -> None:
        """A finding is made now; the oddest are collected anew."""
        self.told_us, self.oddest = time_us, ()

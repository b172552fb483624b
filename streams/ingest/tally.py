"""What the edge counted, one running total a way in, as events for the topic `ledger`."""

from __future__ import annotations

from collections import Counter

from schemas.event import SYSTEM, Envelope
from schemas.ids import derive
from schemas.ledger import IngestCounted
from streams.ingest.cloud_event import utc
from streams.ingest.unit import Delivery


class Tally:
    """Running totals of one instance since it started: what Kafka acknowledged, nothing else."""

    def __init__(self, instance: str) -> None:
        self.instance = instance
        self._totals: dict[str, tuple[int, int]] = {}
        self._redacted: Counter[str] = Counter()
        self._told: dict[str, tuple[int, int]] = {}

    def add(self, delivery: Delivery, accepted: int, dead_lettered: int) -> None:
        """Count units of a delivery."""
        before = self._totals.get(delivery.channel, (0, 0))
        self._totals[delivery.channel] = (before[0] + accepted, before[1] + dead_lettered)

    def withhold(self, delivery: Delivery, secrets: int) -> None:
        """Count secrets that were kept out of what a delivery became; told with the units they were in."""
        self._redacted[delivery.channel] += secrets

    def total(self, channel: str) -> IngestCounted:
        """The totals of one way in now."""
        accepted, dead = self._totals.get(channel, (0, 0))
        return IngestCounted(
            instance=self.instance,
            channel=channel,
            received=accepted + dead,
            accepted=accepted,
            dead_lettered=dead,
            redacted=self._redacted[channel],
        )

    def news(self, now_us: int) -> list[Envelope]:
        """The totals that changed since the last call."""
        changed = [channel for channel in self._totals if self._totals[channel] != self._told.get(channel)]
        self._told = dict(self._totals)
        return [self._envelope(self.total(channel), now_us) for channel in changed]

    def _envelope(self, data: IngestCounted, now_us: int) -> Envelope:
        return Envelope(
            id=derive("count", self.instance, data.channel, data.received, data.accepted),
            type=data.TYPE,
            source="ingest",
            subject=self.instance,
            tenant=SYSTEM,
            time=utc(now_us),
            data=data,
        )

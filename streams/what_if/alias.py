"""People's actions in a what-if: an action on an alert is about the alert that stands in its place, where that has another id."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from schemas.action import AlertAcknowledge, AlertJudge
from schemas.alert import AlertOpened, AlertUpdated
from schemas.event import Envelope


class Aliases:
    """Which alert holds the findings of an alert that really was. An alert's id comes from its first finding, so another first
    finding makes another id for the same thing."""

    def __init__(self, actual: Iterable[Envelope]) -> None:
        self._findings: dict[str, set[str]] = {}
        for event in actual:
            if isinstance(event.data, AlertOpened | AlertUpdated):
                self._findings.setdefault(event.data.alert, set()).add(event.data.detection)
        self._holder: dict[str, str] = {}
        self._alerts: set[str] = set()

    def learn(self, event: Envelope) -> None:
        """Take an alert event of the what-if."""
        if isinstance(event.data, AlertOpened | AlertUpdated):
            self._holder[event.data.detection] = event.data.alert
            self._alerts.add(event.data.alert)

    def rename(self, event: Envelope) -> Envelope:
        """The action, about an alert that is there; every other event as it is."""
        data = event.data
        if not isinstance(data, AlertAcknowledge | AlertJudge) or data.alert in self._alerts:
            return event
        holders = {self._holder[one] for one in self._findings.get(data.alert, ()) if one in self._holder}
        if not holders:
            return event
        return msgspec.structs.replace(event, data=msgspec.structs.replace(data, alert=min(holders)))

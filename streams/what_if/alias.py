"""People's actions in a what-if: an action on an alert is about the alert that stands in its place, where that has another id."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from detectors.triage.urgency import family
from schemas.action import AlertAcknowledge, AlertJudge
from schemas.alert import AlertOpened, AlertSetAside, AlertUpdated
from schemas.event import Envelope

Place = tuple[str, str, str]
Finding = AlertOpened | AlertUpdated | AlertSetAside


class Aliases:
    """Which alert stands for one that really was.

    An alert's id comes from its first finding, so another first finding makes another id for the same thing: the alert with one of its
    findings, else the newest one of its family on its device.
    """

    def __init__(self, actual: Iterable[Envelope]) -> None:
        self._findings: dict[str, set[str]] = {}
        self._places: dict[str, Place] = {}
        for event in actual:
            if isinstance(event.data, Finding):
                self._findings.setdefault(event.data.alert, set()).add(event.data.detection)
                self._places.setdefault(event.data.alert, _place(event, event.data))
        self._holder: dict[str, str] = {}
        self._newest: dict[Place, str] = {}
        self._alerts: set[str] = set()

    def learn(self, event: Envelope) -> None:
        """Take an alert event of the what-if."""
        if isinstance(event.data, Finding):
            self._holder[event.data.detection] = event.data.alert
            self._newest[_place(event, event.data)] = event.data.alert
            self._alerts.add(event.data.alert)

    def rename(self, event: Envelope) -> Envelope:
        """The action, about an alert that is there; every other event as it is."""
        data = event.data
        if not isinstance(data, AlertAcknowledge | AlertJudge) or data.alert in self._alerts:
            return event
        stands = self._standing_for(data.alert)
        return (
            msgspec.structs.replace(event, data=msgspec.structs.replace(data, alert=stands))
            if stands
            else event
        )

    def _standing_for(self, alert: str) -> str | None:
        holders = {self._holder[one] for one in self._findings.get(alert, ()) if one in self._holder}
        if holders:
            return min(holders)
        place = self._places.get(alert)
        return self._newest.get(place) if place else None


def _place(event: Envelope, data: Finding) -> Place:
    return event.tenant, event.subject, family(data.kind)

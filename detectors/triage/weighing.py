"""One finding against what people said of findings like it: whether it is set aside, and how its risk moves."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from detectors.feedback.bar import risk_shift, weigh
from detectors.feedback.bounds import SHOWN_EVERY, is_protected
from detectors.feedback.sign import key_of, weighed_of
from detectors.triage.case import Case, Cases
from schemas.alert import Aside
from schemas.detection import DetectionRaised
from schemas.event import Envelope
from schemas.weighed import Weighed


class SetAside(NamedTuple):
    """Why a finding opens no alert; `exception` is the id of the one it is within."""

    reason: Aside
    weighed: Weighed
    exception: str = ""


class Weighing:
    """A finding as it is weighed; `weighed` is None where it has no strength. With `on` False no verdict or exception counts."""

    def __init__(
        self,
        state: Cases,
        case: Case,
        event: Envelope,
        finding: DetectionRaised,
        protected: Collection[str],
        *,
        on: bool = True,
    ) -> None:
        self._case, self._time, self._finding, self._protected = case, event.time, finding, protected
        strength = weighed_of(finding)
        self.weighed = strength
        self._on = on and strength is not None
        if self._on and strength is not None:
            cell = state.cells.get(cell_key(event.tenant, strength))
            self.weighed = weigh(cell, strength, event.subject, event.time)

    def shift(self, kinds: Collection[str]) -> int:
        """What verdicts add to the risk of an alert with these kinds; nothing where one of them is protected."""
        if self.weighed is None or is_protected(self._finding.severity, kinds, self._protected):
            return 0
        return risk_shift(self.weighed)

    def aside(self) -> SetAside | None:
        """Why it opens no alert, None where it does; of those below a bar one in `SHOWN_EVERY` opens an alert all the same."""
        weighed = self.weighed
        kinds = (self._finding.kind,)
        if not self._on or weighed is None or is_protected(self._finding.severity, kinds, self._protected):
            return None
        expected = self._case.exceptions.covering(weighed, self._time)
        if expected is not None:
            return SetAside("expected", weighed, expected.id)
        quiet = self._case.quiet.get(key_of(weighed.kind, weighed.direction), 0)
        if weighed.strength < weighed.bar and quiet < SHOWN_EVERY - 1:
            return SetAside("below_bar", weighed)
        return None


def cell_key(tenant: str, weighed: Weighed) -> str:
    """Where the verdicts on findings like this one are."""
    return f"{tenant}/{key_of(weighed.kind, weighed.direction)}"

"""That a device was cut off, or let back in, as triage took note of it (topic `alerts`, by triage)."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.event import Event


class CutOffNoted(Event, frozen=True, kw_only=True):
    """A decision stands by which the subject device may not connect (`hold`, `revoke`), or may again (`reinstate`).

    The event's time is that of the decision. A silence that begins with a cut-off is to be expected.
    """

    TYPE: ClassVar[str] = "cut_off.noted.v1"
    TOPIC: ClassVar[str] = "alerts"
    decision: str
    action: Literal["hold", "revoke", "reinstate"]

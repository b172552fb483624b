"""What is known to be meant: an exception a verdict proposes, and what a person made of it (topic `alerts`, by triage).

An exception never widens by itself: one device, one kind of finding, one direction, up to a limit, until a time.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from schemas.event import Event, Time
from schemas.weighed import Direction

ExceptionState = Literal["accepted", "rejected", "ended"]


class ExceptionProposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Findings of `kind` in `direction` on the event's device that are to be expected: up to `limit`, until `until` (event time).

    `limit` is in the unit of `metric`; where that is empty it is a strength as `Weighed` has it. `alerts` are those judged benign.
    """

    id: str
    kind: str
    direction: Direction
    limit: float
    until: Time
    metric: str = ""
    alerts: tuple[str, ...] = ()


class ExceptionSettled(Event, frozen=True, kw_only=True):
    """A person accepted or rejected a proposed exception, or ended an accepted one; `limit` and `until` are as accepted.

    `alert` is the newest alert it was proposed for.
    """

    TYPE: ClassVar[str] = "exception.settled.v1"
    TOPIC: ClassVar[str] = "alerts"
    exception: str
    alert: str
    state: ExceptionState
    actor: str
    kind: str
    direction: Direction
    limit: float
    until: Time
    metric: str = ""
    alerts: tuple[str, ...] = ()
    comment: str = ""

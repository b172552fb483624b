"""What a person (or an outside system on somebody's behalf) did, topic `analyst-actions`, written by the control API only.

The subject is the device the action is about, so that triage and response see it in order with that device's other events.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.alert import Verdict
from schemas.event import Event, Time
from schemas.lesson import Lesson


class AnalystAction(Event, frozen=True, kw_only=True):
    """Base of everything on `analyst-actions`."""

    TOPIC: ClassVar[str] = "analyst-actions"
    actor: str


class AlertAcknowledge(AnalystAction, frozen=True, kw_only=True):
    """Take an alert into work."""

    TYPE: ClassVar[str] = "acknowledge.alert.v1"
    alert: str


class AlertJudge(AnalystAction, frozen=True, kw_only=True):
    """Give the verdict on an alert, which closes it."""

    TYPE: ClassVar[str] = "judge.alert.v1"
    alert: str
    verdict: Verdict
    comment: str = ""


class VerdictShare(AnalystAction, frozen=True, kw_only=True):
    """What a verdict says of findings like an alert's, for a partition that has not seen the alert; the subject stands for that partition.

    The control API writes one beside a verdict for each partition in which the tenant's devices may have findings like these. `time` is
    the event time of the alert's newest finding.
    """

    TYPE: ClassVar[str] = "share.verdict.v1"
    alert: str
    true: bool
    time: Time
    lessons: tuple[Lesson, ...]


class DecisionSettle(AnalystAction, frozen=True, kw_only=True):
    """Approve or reject a proposed decision."""

    TYPE: ClassVar[str] = "settle.decision.v1"
    decision: str
    answer: Literal["approve", "reject"]
    comment: str = ""


class ExceptionSettle(AnalystAction, frozen=True, kw_only=True):
    """Accept or reject a proposed exception, or end an accepted one; `limit` and `until` may only narrow what was proposed."""

    TYPE: ClassVar[str] = "settle.exception.v1"
    exception: str
    answer: Literal["accept", "reject", "end"]
    limit: float | None = None
    until: Time | None = None
    comment: str = ""


class CredentialHold(AnalystAction, frozen=True, kw_only=True):
    """Stop a credential until a person lets it work again; `alert` is the one that made them ask for it, empty for none."""

    TYPE: ClassVar[str] = "hold.credential.v1"
    alert: str = ""
    comment: str = ""


class CredentialReinstate(AnalystAction, frozen=True, kw_only=True):
    """Let a held credential work again; a revoked one stays revoked for ever."""

    TYPE: ClassVar[str] = "reinstate.credential.v1"
    comment: str = ""

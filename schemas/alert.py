"""An alert's life as events, topic `alerts`, written by triage only: opened, updated, set aside, acknowledged, closed.

The subject is the device, so that everything about one device stays in order; `alert` is the alert's id.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.detection import Evidence, Scope, Severity
from schemas.event import Event, Time
from schemas.exception import ExceptionProposal
from schemas.weighed import Weighed

Verdict = Literal["true_positive", "false_positive", "benign_positive", "unknown"]
# Why a finding opens no alert: a person accepted an exception for it, it is weaker than verdicts made the bar, or it is the silence of a
# device that was cut off.
Aside = Literal["expected", "below_bar", "cut_off"]


class AlertEvent(Event, frozen=True, kw_only=True):
    """Base of everything on `alerts`."""

    TOPIC: ClassVar[str] = "alerts"
    alert: str


class AlertOpened(AlertEvent, frozen=True, kw_only=True):
    """A first detection about a subject became something to work on; `risk` is 0-100, `weighed` None where it has no strength.

    `scope` says what the alert is a part of, None where it is about its device only.
    """

    TYPE: ClassVar[str] = "alert.opened.v1"
    kind: str
    title: str
    explanation: str
    severity: Severity
    risk: int
    detection: str
    since: Time
    evidence: tuple[Evidence, ...] = ()
    kinds: tuple[str, ...] = ()
    weighed: Weighed | None = None
    scope: Scope | None = None


class AlertUpdated(AlertEvent, frozen=True, kw_only=True):
    """A further detection was merged in; `detections` counts all merged so far, `severity` and `risk` are the new ones.

    `kind`, `title` and `scope` are the alert's after the merge, `kinds` all its findings' kinds in the order they came, `evidence` only
    what is new.
    """

    TYPE: ClassVar[str] = "alert.updated.v1"
    kind: str
    title: str
    explanation: str
    severity: Severity
    risk: int
    detection: str
    detections: int
    evidence: tuple[Evidence, ...] = ()
    kinds: tuple[str, ...] = ()
    weighed: Weighed | None = None
    scope: Scope | None = None


class AlertSetAside(AlertEvent, frozen=True, kw_only=True):
    """A finding that asks nobody for work: an alert that is closed from the start, is kept and counted, and may still be judged.

    `exception` names the one it is expected by. Findings like it soon after are counted into the same one: `detections` are all so far.
    """

    TYPE: ClassVar[str] = "alert.set_aside.v1"
    reason: Aside
    kind: str
    title: str
    explanation: str
    severity: Severity
    risk: int
    detection: str
    detections: int
    since: Time
    weighed: Weighed
    exception: str = ""
    evidence: tuple[Evidence, ...] = ()
    kinds: tuple[str, ...] = ()
    scope: Scope | None = None


class AlertAcknowledged(AlertEvent, frozen=True, kw_only=True):
    """A person works on it."""

    TYPE: ClassVar[str] = "alert.acknowledged.v1"
    actor: str


class AlertClosed(AlertEvent, frozen=True, kw_only=True):
    """A person gave the verdict; a benign one proposes exceptions (one consequence of one action, so they are part of it).

    `taught` says that the verdict counts for or against findings like the alert's.
    """

    TYPE: ClassVar[str] = "alert.closed.v1"
    actor: str
    verdict: Verdict
    comment: str = ""
    proposed: tuple[ExceptionProposal, ...] = ()
    taught: bool = False

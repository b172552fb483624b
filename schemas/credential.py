"""What should happen to a device's credential (`credential-decisions`, by response) and what really did (`enforcement-receipts`)."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.event import Event, Time

Action = Literal["monitor", "restrict", "hold", "revoke", "reinstate"]
Step = Literal[
    "decided",
    "ca_updated",
    "revocation_visible",
    "session_dropped",
    "reconnect_refused",
    "reinstated",
    "failed",
]


class CredentialDecided(Event, frozen=True, kw_only=True):
    """What the system wants to happen to every valid credential of the subject device; the event's id is the decision id.

    `state` is `proposed` while a person must approve it (nothing is enforced), else `decided`. `policy` names the policy and version.
    `since` is the event time of the first evidence, `proposal` the id of the proposed decision that a person settled with this one.
    `supersedes` are the proposed decisions that need no answer any more, because what this one does cuts the device off as much.
    """

    TYPE: ClassVar[str] = "credential.decided.v1"
    TOPIC: ClassVar[str] = "credential-decisions"
    action: Action
    state: Literal["proposed", "decided", "rejected"]
    reason: str
    policy: str
    alert: str = ""
    actor: str = ""
    since: Time | None = None
    proposal: str = ""
    supersedes: tuple[str, ...] = ()


class EnforcementRecorded(Event, frozen=True, kw_only=True):
    """One step of enforcing a decision, measured when it really happened; `at` is the enforcer's clock, `detail` says what was seen."""

    TYPE: ClassVar[str] = "enforcement.recorded.v1"
    TOPIC: ClassVar[str] = "enforcement-receipts"
    decision: str
    action: Action
    step: Step
    at: Time
    credential: str = ""
    detail: str = ""

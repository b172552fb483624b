"""What the auditor found when it derived decided things again from the log, topic `audits`, written by replay only."""

from __future__ import annotations

from typing import ClassVar

from schemas.event import Event

TOPIC = "audits"


class AuditVerified(Event, frozen=True, kw_only=True):
    """One round: `outputs` were derived again; `equal` are what the log gives, `differing` are not, of `untold` nobody can tell.

    Tenant is `system`, subject `auditor`, the envelope's time the auditor's clock. `behind` is how many outputs it has yet to look at.
    """

    TYPE: ClassVar[str] = "audit.verified.v1"
    TOPIC: ClassVar[str] = TOPIC
    outputs: int
    equal: int
    differing: int = 0
    untold: int = 0
    behind: int = 0


class AuditDiffered(Event, frozen=True, kw_only=True):
    """An output is not what the log gives; tenant and subject are the output's (`system` and `auditor` where it can't be read).

    `output` is its id, `kind` its event type, `origin` where it lies (`topic/partition/offset`), `differences` a sentence each.
    """

    TYPE: ClassVar[str] = "audit.differed.v1"
    TOPIC: ClassVar[str] = TOPIC
    origin: str
    differences: tuple[str, ...]
    output: str = ""
    kind: str = ""

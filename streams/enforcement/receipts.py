"""What was done for which decision: the fold of enforcement's own output, and the receipts still to be written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from schemas.credential import Action, CredentialDecided, EnforcementRecorded, Step
from schemas.event import Envelope
from schemas.ids import derive
from schemas.pki import identity

SOURCE = "/vedette/enforcement"
CUT: tuple[Step, ...] = ("decided", "ca_updated", "revocation_visible", "session_dropped")
STEPS: dict[Action, tuple[Step, ...]] = {
    "monitor": ("decided",),
    "hold": CUT,
    "revoke": CUT,
    "reinstate": ("decided", "ca_updated", "revocation_visible", "reinstated"),
}
# The last word on a decision that can't be enforced; it is a `failed` receipt with an id of its own.
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision to be enforced, and where it lies in the log (`topic/partition/offset`)."""

    id: str
    tenant: str
    device: str
    action: Action
    origin: str

    @property
    def identity(self) -> str:
        """`tenant:device`; Rejected where no certificate could have that name."""
        return identity(self.tenant, self.device)

    @classmethod
    def of(cls, envelope: Envelope, data: CredentialDecided, origin: str) -> Decision:
        """The decision in a record of `credential-decisions`."""
        return cls(envelope.id, envelope.tenant, envelope.subject, data.action, origin)


def receipt(
    decision: Decision,
    step: Step,
    at: datetime,
    *,
    credential: str = "",
    detail: str = "",
    final: bool = False,
) -> Envelope:
    """The receipt of one step; its id depends on decision and step only, for a failure also on the reason, unless it is `final`."""
    parts = (REFUSED,) if final else (step, detail) if step == "failed" else (step,)
    data = EnforcementRecorded(
        decision=decision.id, action=decision.action, step=step, at=at, credential=credential, detail=detail
    )
    return Envelope(
        id=derive("receipt", decision.id, *parts),
        type=data.TYPE,
        source=SOURCE,
        subject=decision.device,
        tenant=decision.tenant,
        time=at,
        data=data,
        cause=decision.origin,
    )


class Receipts:
    """Which receipts exist, and which devices are cut off by which decision; fold it from the own partition of `enforcement-receipts`.

    About 300 bytes a decision, kept for every decision ever made about this partition's devices.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._steps: dict[str, set[str]] = defaultdict(set)
        self._cut: dict[str, Decision] = {}

    def add(self, envelope: Envelope) -> None:
        """Take note of one receipt, in the order of the log; a second one with the same id changes nothing."""
        data = envelope.data
        if not isinstance(data, EnforcementRecorded) or envelope.id in self._ids:
            return
        self._ids.add(envelope.id)
        final = envelope.id == derive("receipt", data.decision, REFUSED)
        self._steps[data.decision].add(REFUSED if final else data.step)
        if data.step == "ca_updated":
            self._move(
                Decision(data.decision, envelope.tenant, envelope.subject, data.action, envelope.cause)
            )

    def has(self, envelope: Envelope) -> bool:
        """Whether this receipt is written already."""
        return envelope.id in self._ids

    def finished(self, decision: Decision) -> bool:
        """Whether nothing is left to do for this decision."""
        steps = self._steps.get(decision.id, set())
        return REFUSED in steps or (decision.action in STEPS and steps.issuperset(STEPS[decision.action]))

    def cut_off(self) -> dict[str, Decision]:
        """The devices that may not connect now, with the decision that cut them off."""
        return self._cut

    def _move(self, decision: Decision) -> None:
        if decision.action == "reinstate":
            self._cut.pop(decision.identity, None)
        else:
            self._cut[decision.identity] = decision

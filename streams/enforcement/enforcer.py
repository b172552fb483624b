"""Enforcing decisions: the effects in the one order that leaves no gap, each followed by its receipt.

First the authority, then whoever believes it, then the sessions: whoever is thrown out before the list is in force is back in at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from schemas.credential import Step
from schemas.errors import Rejected
from schemas.event import Envelope
from streams.enforcement.effects import CredentialAuthority, SessionBroker
from streams.enforcement.receipts import STEPS, Decision, receipt


class Recorder(Protocol):
    """Where receipts go; one that is written already is dropped."""

    def __call__(self, envelope: Envelope) -> None:
        """Write one receipt."""
        ...


class Enforcer:
    """Enforces decisions about different devices together, so that one list and one reload serve them all.

    Every effect is idempotent, so enforcing a decision that was half done before just completes it.
    """

    def __init__(
        self,
        authority: CredentialAuthority,
        sessions: SessionBroker,
        record: Recorder,
        clock: Callable[[], datetime],
    ) -> None:
        self._authority, self._sessions = authority, sessions
        self._record, self._clock = record, clock

    def enforce(self, decisions: Sequence[Decision]) -> None:
        """Enforce decisions, at most one a device. Raises Retryable where the outside fails; then call again with the same ones.

        A decision that can never be enforced gets a final `failed` receipt and doesn't hold up the others.
        """
        taken = [decision for decision in decisions if self._accept(decision)]
        effective = [decision for decision in taken if decision.action != "monitor"]
        if not effective:
            return
        effective = self._update_authority(effective)
        self._sessions.reload()
        self._done(effective, "revocation_visible")
        self._move_sessions(effective)

    def fail(self, decision: Decision, reason: str, *, final: bool = False) -> None:
        """Record that a decision is not enforced, for now or for good."""
        self._record(receipt(decision, "failed", self._clock(), detail=reason, final=final))

    def _accept(self, decision: Decision) -> bool:
        try:
            _ = decision.identity
            if decision.action not in STEPS:
                raise Rejected("unsupported", "action", f"no enforcement knows how to {decision.action}")
        except Rejected as error:
            self.fail(decision, str(error), final=True)
            return False
        self._done([decision], "decided")
        return True

    def _update_authority(self, decisions: list[Decision]) -> list[Decision]:
        """Bring the authority up to date; returns the decisions to go on with."""
        change = {
            "hold": self._authority.hold,
            "revoke": self._authority.revoke,
            "reinstate": self._authority.reinstate,
        }
        serials: dict[str, list[str]] = {}
        for action, run in change.items():
            if identities := [decision.identity for decision in decisions if decision.action == action]:
                serials |= run(identities)
        at, going_on = self._clock(), []
        for decision in decisions:
            found = serials[decision.identity]
            if decision.action == "reinstate" and not found:
                self.fail(
                    decision,
                    "no certificate to reinstate: all were revoked for good or are out of date",
                    final=True,
                )
                continue
            detail = "" if found else "the device has no certificate in date"
            self._record(receipt(decision, "ca_updated", at, credential=",".join(found), detail=detail))
            going_on.append(decision)
        return going_on

    def _move_sessions(self, decisions: list[Decision]) -> None:
        out = [decision for decision in decisions if decision.action != "reinstate"]
        back = [decision for decision in decisions if decision.action == "reinstate"]
        if out:
            self._sessions.expel([decision.identity for decision in out])
            self._done(out, "session_dropped")
        if back:
            self._sessions.admit([decision.identity for decision in back])
            self._done(back, "reinstated")

    def _done(self, decisions: Sequence[Decision], step: Step) -> None:
        at = self._clock()
        for decision in decisions:
            self._record(receipt(decision, step, at))

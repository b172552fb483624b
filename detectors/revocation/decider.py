"""Response as a decider: alerts and people's answers in, credential decisions out; the state is the fold of the decisions."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from detectors.revocation.policy import (
    ACTIONS,
    BLAST_WINDOW,
    POLICY,
    STRENGTH,
    action_for,
    cuts_off,
    partition_limit,
)
from detectors.revocation.standing import REMEMBERED_ALERTS, Proposal, Standing, Standings, newest
from schemas.action import CredentialHold, CredentialReinstate, DecisionSettle
from schemas.alert import AlertOpened, AlertUpdated
from schemas.credential import Action, CredentialDecided
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.ids import derive
from schemas.topics import PARTITIONS

SOURCE = "vedette/response"
State = Literal["proposed", "decided", "rejected"]


class Response:
    """Decides what should happen to credentials by `policy`, at most so many by itself for a tenant in an hour of event time.

    Beyond that limit a decision is only proposed and waits for a person (`settle.decision.v1`); what a person decides does not count.
    A device never gets a second decision of the same or a weaker action, neither while one stands nor from an alert that a person has
    answered already. A person who holds what was proposed to be held has approved that. What cuts a device off settles every proposal to
    cut it off as much or less: a revocation leaves no hold to be approved. What version 2 and earlier left waiting so can only be rejected.
    """

    def __init__(
        self,
        max_decisions: int,
        partitions: int = PARTITIONS,
        actions: Mapping[str, Action] = ACTIONS,
    ) -> None:
        self._actions = actions
        self._limit = partition_limit(max_decisions, partitions)

    def initial(self) -> Standings:
        """Every credential works."""
        return Standings()

    def decide(self, state: Standings, event: Envelope) -> Envelope | None:
        """The decision that follows from one alert or action; Rejected where an action has nothing to act on."""
        standing = state.devices.get(f"{event.tenant}/{event.subject}", Standing())
        data = event.data
        if isinstance(data, AlertOpened | AlertUpdated):
            return self._answer(state, standing, event, data)
        if isinstance(data, DecisionSettle):
            return _settle(standing, event, data)
        if isinstance(data, CredentialHold):
            return _hold(standing, event, data)
        if isinstance(data, CredentialReinstate):
            return _reinstate(standing, event, data)
        return None

    def evolve(self, state: Standings, output: Envelope) -> Standings:
        """The standings after one decision."""
        data = output.data
        if not isinstance(data, CredentialDecided) or output.id in state.seen:
            return state
        state.seen.add(output.id)
        key = f"{output.tenant}/{output.subject}"
        state.devices[key] = _after(state.devices.get(key, Standing()), output, data)
        if data.state == "decided" and not data.actor:
            insort(state.spent.setdefault(output.tenant, []), output.time)
        return state

    def _answer(
        self, state: Standings, standing: Standing, event: Envelope, alert: AlertOpened | AlertUpdated
    ) -> Envelope | None:
        action = action_for(alert.kind, self._actions)
        if action is None or not _is_news(standing, event.time, alert.alert, action):
            return None
        within = self._spent(state, event.tenant, event.time) < self._limit
        decision = CredentialDecided(
            action=action,
            state="decided" if within else "proposed",
            reason=_reason(alert, action, None if within else self._limit),
            policy=POLICY,
            alert=alert.alert,
            since=_since(alert, event.time),
        )
        name = derive("decision", event.tenant, event.subject, event.id, action)
        return _envelope(standing, event, decision, name)

    def _spent(self, state: Standings, tenant: str, time: datetime) -> int:
        """How many decisions stand against the limit at this event time; a late event counts what lies within an hour on either side."""
        return sum(abs(time - at) < BLAST_WINDOW for at in state.spent.get(tenant, ()))


def _is_news(standing: Standing, time: datetime, alert: str, action: Action) -> bool:
    """Whether this evidence asks for more than what stands, waits, or was answered by a person."""
    asked = STRENGTH[action]
    known = [
        *([standing.action] if standing.action else []),
        *(p.action for p in standing.proposals.values()),
    ]
    if alert in standing.answered:
        known.append(standing.answered[alert])
    if any(STRENGTH[one] >= asked for one in known):
        return False
    # After a person let the credential work again only newer evidence counts: an alert read twice must not undo that.
    return standing.action != "reinstate" or standing.decided_at is None or time > standing.decided_at


def _since(alert: AlertOpened | AlertUpdated, time: datetime) -> datetime:
    if isinstance(alert, AlertOpened):
        return alert.since
    return min((evidence.time for evidence in alert.evidence), default=time)


def _reason(alert: AlertOpened | AlertUpdated, action: Action, limit: int | None) -> str:
    if limit is None:
        return f"{alert.title}: policy {POLICY} says {action}."
    return (
        f"{alert.title}: policy {POLICY} says {action}, but within an hour the system cut off {limit} of this tenant's devices in this"
        " partition of the log by itself, its share of VEDETTE_MAX_DECISIONS; a person must approve more."
    )


def _settle(standing: Standing, event: Envelope, answer: DecisionSettle) -> Envelope:
    proposal = standing.proposals.get(answer.decision)
    if proposal is None:
        raise Rejected(
            "unknown_decision", "decision", "is not a proposed decision on this device, or is settled already"
        )
    if answer.answer == "approve" and cuts_off(standing.action, proposal.action):
        done = {"hold": "held", "revoke": "revoked"}[str(standing.action)]
        raise Rejected("superseded", "decision", f"its credential is {done} already; it can be rejected only")
    words = {"approve": "Approved", "reject": "Rejected"}[answer.answer]
    decision = CredentialDecided(
        action=proposal.action,
        state="decided" if answer.answer == "approve" else "rejected",
        reason=f"{words} by {answer.actor}{': ' + answer.comment if answer.comment else ''}. {proposal.reason}",
        policy=proposal.policy,
        alert=proposal.alert,
        actor=answer.actor,
        since=proposal.since,
        proposal=answer.decision,
    )
    name = derive("decision", event.tenant, event.subject, event.id, answer.answer)
    return _envelope(standing, event, decision, name)


def _hold(standing: Standing, event: Envelope, action: CredentialHold) -> Envelope | None:
    """Nothing where it is held or revoked already: whoever asks twice, or beside the policy, has what they wanted."""
    if standing.action in ("hold", "revoke"):
        return None
    asked, proposal = next(
        ((name, one) for name, one in standing.proposals.items() if one.action == "hold"), ("", None)
    )
    reason = f"Held by {action.actor}{': ' + action.comment if action.comment else ''}."
    decision = CredentialDecided(
        action="hold",
        state="decided",
        reason=f"{reason} {proposal.reason}" if proposal else reason,
        policy=proposal.policy if proposal else POLICY,
        alert=action.alert or (proposal.alert if proposal else ""),
        actor=action.actor,
        since=proposal.since if proposal else None,
        proposal=asked,
    )
    name = derive("decision", event.tenant, event.subject, event.id, "hold")
    return _envelope(standing, event, decision, name)


def _reinstate(standing: Standing, event: Envelope, action: CredentialReinstate) -> Envelope:
    if standing.action == "revoke":
        raise Rejected("revoked", "subject", "its credential is revoked, which is for ever; issue a new one")
    if standing.action != "hold":
        raise Rejected("not_held", "subject", "its credential is not held")
    decision = CredentialDecided(
        action="reinstate",
        state="decided",
        reason=f"Reinstated by {action.actor}{': ' + action.comment if action.comment else ''}.",
        policy=POLICY,
        actor=action.actor,
    )
    name = derive("decision", event.tenant, event.subject, event.id, "reinstate")
    return _envelope(standing, event, decision, name)


def _envelope(standing: Standing, cause: Envelope, data: CredentialDecided, name: str) -> Envelope:
    data = msgspec.structs.replace(data, supersedes=_superseded(standing, data))
    return Envelope(
        id=name,
        type=data.TYPE,
        source=SOURCE,
        subject=cause.subject,
        tenant=cause.tenant,
        time=cause.time,
        data=data,
    )


def _superseded(standing: Standing, data: CredentialDecided) -> tuple[str, ...]:
    if data.state != "decided":
        return ()
    others = ((name, one) for name, one in standing.proposals.items() if name != data.proposal)
    return tuple(name for name, one in others if cuts_off(data.action, one.action))


def _after(standing: Standing, output: Envelope, data: CredentialDecided) -> Standing:
    settled = {data.proposal, *data.supersedes}
    proposals = {name: one for name, one in standing.proposals.items() if name not in settled}
    answered = standing.answered
    if data.alert:
        answered = newest({**answered, data.alert: data.action}, REMEMBERED_ALERTS)
    if data.state == "proposed":
        proposals[output.id] = Proposal(
            action=data.action, reason=data.reason, policy=data.policy, alert=data.alert, since=data.since
        )
        return msgspec.structs.replace(standing, proposals=proposals, answered=answered)
    if data.state == "rejected":
        return msgspec.structs.replace(standing, proposals=proposals, answered=answered)
    return Standing(action=data.action, decided_at=output.time, proposals=proposals, answered=answered)

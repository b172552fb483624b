"""What a person asks for as an event. Pure: the id is derived from the request, so asking twice is asking once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from schemas.action import (
    AlertAcknowledge,
    AlertJudge,
    AnalystAction,
    CredentialHold,
    CredentialReinstate,
    DecisionSettle,
    ExceptionSettle,
)
from schemas.alert import Verdict
from schemas.event import Envelope, Time
from schemas.ids import derive

SOURCE = "control"
# Seals what people wrote in an action on a device of a tenant.
Seal = Callable[[AnalystAction, str, str], AnalystAction]
Actor = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Comment = Annotated[str, msgspec.Meta(max_length=4000)]


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of acknowledge, approve, reject, end and reinstate: who asks, and why. The caller vouches for `actor`."""

    actor: Actor = "api"
    comment: Comment = ""


class Holding(Ask, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of hold: `alert` is the one that makes them ask for it, empty for none."""

    alert: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Taking(Ask, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of acknowledging an alert: with `whole` also all other parts of the same incident."""

    whole: bool = False


class Judgement(Taking, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of verdict: with `whole` on all parts of the same incident."""

    verdict: Verdict


class Acceptance(Ask, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of accepting an exception: `limit` and `until` may only narrow what was proposed."""

    limit: float | None = None
    until: Time | None = None


def acknowledge(alert: str, ask: Taking) -> AlertAcknowledge:
    """Take an alert into work."""
    return AlertAcknowledge(actor=ask.actor, alert=alert)


def judge(alert: str, ask: Judgement) -> AlertJudge:
    """Give the verdict on an alert."""
    return AlertJudge(actor=ask.actor, alert=alert, verdict=ask.verdict, comment=ask.comment)


def settle(decision: str, answer: Literal["approve", "reject"], ask: Ask) -> DecisionSettle:
    """Approve or reject a proposed decision."""
    return DecisionSettle(actor=ask.actor, decision=decision, answer=answer, comment=ask.comment)


def accept(exception: str, ask: Acceptance) -> ExceptionSettle:
    """Accept a proposed exception."""
    return ExceptionSettle(
        actor=ask.actor,
        exception=exception,
        answer="accept",
        limit=ask.limit,
        until=ask.until,
        comment=ask.comment,
    )


def refuse(exception: str, answer: Literal["reject", "end"], ask: Ask) -> ExceptionSettle:
    """Reject a proposed exception or end an accepted one."""
    return ExceptionSettle(actor=ask.actor, exception=exception, answer=answer, comment=ask.comment)


def hold(ask: Holding) -> CredentialHold:
    """Stop a credential."""
    return CredentialHold(actor=ask.actor, alert=ask.alert, comment=ask.comment)


def reinstate(ask: Ask) -> CredentialReinstate:
    """Let a held credential work again."""
    return CredentialReinstate(actor=ask.actor, comment=ask.comment)


def unsealed(action: AnalystAction, _tenant: str, _device: str) -> AnalystAction:
    """The `Seal` where nothing is sealed, such as in tests."""
    return action


def event_of(
    action: AnalystAction, tenant: str, device: str, now: datetime, *, key: str = "", about: str = ""
) -> Envelope:
    """The action on a device as an event.

    Its id is derived from `key` (an Idempotency-Key) where there is one, else from the action itself and from `about`, what it is
    a reaction to: reinstating after a second hold is another act than after the first. What people wrote in the action must be sealed
    already: the id stays for ever, and from a hash of plain words who guesses them could tell that he guessed right.
    """
    identity = ("key", key) if key else ("request", msgspec.json.encode(action), about)
    return Envelope(
        id=derive("action", action.TYPE, tenant, device, *identity),
        type=action.TYPE,
        source=SOURCE,
        subject=device,
        tenant=tenant,
        time=now,
        data=action,
    )

"""Exceptions: what a benign verdict proposes, what a person may make of it, and which findings it covers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime

import msgspec

from detectors.feedback.bounds import EXPECTED_FOR, MARGIN, MOST_EXCEPTIONS, NAMED_ALERTS
from detectors.feedback.sign import Sign, key_of
from schemas.action import ExceptionSettle
from schemas.errors import Rejected
from schemas.event import rfc3339
from schemas.exception import ExceptionProposal, ExceptionSettled, ExceptionState
from schemas.weighed import Weighed

STATES: dict[str, ExceptionState] = {"accept": "accepted", "reject": "rejected", "end": "ended"}
Known = dict[str, ExceptionProposal]


class Exceptions(msgspec.Struct, frozen=True, kw_only=True):
    """A device's exceptions by kind and direction: at most one waits for a person and one is in force for each."""

    proposed: Known = {}
    accepted: Known = {}

    def with_proposals(self, proposals: tuple[ExceptionProposal, ...]) -> Exceptions:
        """After a verdict; a newer proposal for the same takes the older one's place."""
        made = {key_of(one.kind, one.direction): one for one in proposals}
        return Exceptions(proposed=_newest({**self.proposed, **made}), accepted=self.accepted)

    def with_settled(self, said: ExceptionSettled) -> Exceptions:
        """After a person's answer."""
        proposed = {key: one for key, one in self.proposed.items() if one.id != said.exception}
        accepted = {key: one for key, one in self.accepted.items() if one.id != said.exception}
        if said.state == "accepted":
            accepted[key_of(said.kind, said.direction)] = ExceptionProposal(
                id=said.exception,
                kind=said.kind,
                direction=said.direction,
                limit=said.limit,
                until=said.until,
                metric=said.metric,
                alerts=said.alerts,
            )
        return Exceptions(proposed=proposed, accepted=_newest(accepted))

    def covering(self, weighed: Weighed, now: datetime) -> ExceptionProposal | None:
        """The accepted exception that a finding at this event time is within, None where there is none."""
        one = self.accepted.get(key_of(weighed.kind, weighed.direction))
        return one if one and now < one.until and _is_within(one, weighed) else None


def propose(
    name: str, kind_and_direction: str, sign: Sign, known: Exceptions, alert: str, now: datetime
) -> ExceptionProposal:
    """What would cover this alert's findings of one kind and, where they were proposed or accepted before, those as well.

    `now` is the event time of the alert's newest finding.
    """
    kind, _, direction = kind_and_direction.rpartition(" ")
    metric, limit = _limit(sign)
    before = [
        one for one in (known.accepted.get(kind_and_direction), known.proposed.get(kind_and_direction)) if one
    ]
    limits = [limit, *(one.limit for one in before if one.metric == metric)]
    widest = min(limits) if metric and direction == "below" else max(limits)
    alerts = dict.fromkeys([*(name for one in before for name in one.alerts), alert])
    return ExceptionProposal(
        id=name,
        kind=kind,
        direction=direction,  # type: ignore[arg-type]
        limit=widest,
        until=now + EXPECTED_FOR,
        metric=metric,
        alerts=tuple(alerts)[-NAMED_ALERTS:],
    )


def settle(known: Exceptions, action: ExceptionSettle) -> ExceptionSettled:
    """What a person's answer makes of an exception; Rejected where there is none to answer, or the answer would widen it."""
    held: Mapping[str, ExceptionProposal] = known.accepted if action.answer == "end" else known.proposed
    one = next((one for one in held.values() if one.id == action.exception), None)
    if one is None:
        wanted = "accepted" if action.answer == "end" else "proposed"
        reason = f"is no {wanted} exception of this device, or is settled already"
        raise Rejected("unknown_exception", "exception", reason)
    limit, until = one.limit, one.until
    if action.answer == "accept":
        limit = one.limit if action.limit is None else action.limit
        until = one.until if action.until is None else action.until
        _check(one, limit, until)
    return ExceptionSettled(
        exception=one.id,
        alert=one.alerts[-1] if one.alerts else "",
        state=STATES[action.answer],
        actor=action.actor,
        kind=one.kind,
        direction=one.direction,
        limit=limit,
        until=until,
        metric=one.metric,
        alerts=one.alerts,
        comment=action.comment,
    )


def is_wider(metric: str, direction: str, proposed: float, limit: float) -> bool:
    """Whether a limit covers more than the proposed one, or is no number."""
    if not math.isfinite(limit):
        return True
    return limit < proposed if metric and direction == "below" else limit > proposed


def _check(one: ExceptionProposal, limit: float, until: datetime) -> None:
    if is_wider(one.metric, one.direction, one.limit, limit):
        raise Rejected("too_wide", "limit", f"may not go beyond {one.limit:g}, which is what was judged")
    if until > one.until:
        raise Rejected("too_long", "until", f"may not be later than {rfc3339(one.until)}")


def _limit(sign: Sign) -> tuple[str, float]:
    if sign.farthest is None:
        return "", sign.strongest * (1 + MARGIN)
    return sign.metric, sign.farthest + MARGIN * (sign.farthest - sign.expected)


def _is_within(one: ExceptionProposal, weighed: Weighed) -> bool:
    if not one.metric:
        return weighed.strength <= one.limit
    if weighed.actual is None:
        return False
    return weighed.actual >= one.limit if one.direction == "below" else weighed.actual <= one.limit


def _newest(known: Known) -> Known:
    return dict(list(known.items())[-MOST_EXCEPTIONS:])

"""The course of events under one variant: findings to alerts to decisions, by the deciders that run live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from detectors.feedback.bounds import PROTECTED
from detectors.revocation.decider import Response
from detectors.triage.decider import Triage
from detectors.variant.variant import Variant
from schemas.event import Envelope, encode
from schemas.topics import PARTITIONS
from streams.what_if.alias import Aliases
from streams.what_if.facts import Facts, Parts, envelopes
from streams.what_if.found import Found
from streams.what_if.history import Written
from streams.what_if.order import Input, consequences, merged
from streams.what_if.stage import Decided, decide


@dataclass(slots=True)
class Course:
    """What would have been written in the stretch: alert events and credential decisions, in order within each partition.

    `refused`: actions of people that made no sense any more.
    """

    alerts: list[Envelope] = field(default_factory=list)
    decisions: list[Envelope] = field(default_factory=list)
    refused: int = 0


def actual(facts: Facts, variant: Variant) -> Course:
    """What was written in the variant's stretch."""
    alerts, decisions = (
        [one for one in envelopes(part) if variant.covers(one.tenant, one.time)]
        for part in (facts.alerts, facts.decisions)
    )
    return Course(alerts, decisions)


def course(
    facts: Facts, findings: Sequence[list[Found]], stretch: Variant, changed: Variant, max_decisions: int
) -> Course:
    """What follows from `findings` (one list a detector, each in the order found) in the stretch, by the changed triage and response."""
    found = Course()
    protected = {*PROTECTED, *changed.actions()}
    triage = Triage(changed.window(), protected, feedback=changed.triage.feedback)
    response = Response(changed.response.max_decisions or max_decisions, actions=changed.actions())
    for number in range(PARTITIONS):
        mine = [[one for one in each if one.partition == number] for each in findings]
        decided = Decided()
        # Once more where triage has something to note: no decision follows from a note, so the decisions are the same then.
        for _ in range(2):
            aliases = Aliases(envelopes({number: facts.alerts.get(number, [])}))
            alerts = decide(triage, _triage_inputs(facts, number, mine, decided, stretch), aliases)
            decisions = decide(response, _response_inputs(facts, number, alerts, stretch), aliases)
            if not decisions.outputs:
                break
            decided = decisions
        found.alerts += [envelope for _, envelope in alerts.outputs]
        found.decisions += [envelope for _, envelope in decisions.outputs]
        found.refused += alerts.refused + decisions.refused
    return found


def differences(one: Course, other: Course) -> list[str]:
    """Ids of alert events and decisions that only one of two courses has, or both with another content; in no order that matters."""
    first, second = (
        {event.id: encode(event) for event in (*each.alerts, *each.decisions)} for each in (one, other)
    )
    return [name for name in {**first, **second} if first.get(name) != second.get(name)]


def _triage_inputs(
    facts: Facts, number: int, findings: Sequence[list[Found]], decided: Decided, stretch: Variant
) -> list[Input]:
    decisions = [_input(facts, event, cause.written_ms) for cause, event in decided.outputs]
    streams = [
        [
            _input(facts, one.detection, one.written_ms)
            for one in each
            if stretch.covers(one.detection.tenant, one.detection.time)
        ]
        for each in findings
    ]
    return _ordered(facts, number, facts.alerts, [*streams, decisions], stretch)


def _response_inputs(facts: Facts, number: int, alerts: Decided, stretch: Variant) -> list[Input]:
    stream = [_input(facts, event, cause.written_ms) for cause, event in alerts.outputs]
    return _ordered(facts, number, facts.decisions, [stream], stretch)


def _ordered(
    facts: Facts, number: int, outputs: Parts, streams: list[list[Input]], stretch: Variant
) -> list[Input]:
    written = outputs.get(number, [])
    settled = [
        Input(one.written_ms, one.envelope.cause, one.envelope, settled=True)
        for one in written
        if stretch.before(one.envelope.time) and _is_tenant(stretch, one)
    ]
    actions = [
        Input(one.written_ms, one.origin, one.envelope)
        for one in facts.actions.get(number, [])
        if stretch.covers(one.envelope.tenant, one.envelope.time)
    ]
    return merged([settled, *streams, actions], consequences(written))


def _input(facts: Facts, event: Envelope, written_ms: int) -> Input:
    """An event as an input: where it was on the log if it was, else where its own input was written."""
    known = facts.at.get(event.id)
    return Input(known.written_ms, known.origin, event) if known else Input(written_ms, "", event)


def _is_tenant(stretch: Variant, one: Written) -> bool:
    return not stretch.tenants or one.envelope.tenant in stretch.tenants

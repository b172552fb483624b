"""A what-if derives what verdicts did, and shows which alerts would have opened without them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from detectors.revocation.decider import Response
from detectors.variant.parsing import parse
from detectors.variant.variant import Variant
from schemas.alert import AlertOpened, AlertSetAside
from schemas.credential import CredentialDecided
from schemas.cut_off import CutOffNoted
from schemas.event import Envelope
from streams.log.partition import partition_of
from streams.what_if import course as courses
from streams.what_if.course import Course
from streams.what_if.difference import alerts_of, compare_alerts
from streams.what_if.facts import Facts, Parts
from streams.what_if.found import Found
from streams.what_if.history import Written
from tests.detectors.feedback.story import START, Told, finding

PARTITION = partition_of(b"acme/cam-1", 4)
DAY = 24 * 60


@dataclass
class Log:
    """What was written, by topic; each event a second after the one before it."""

    topics: dict[str, list[Written]] = field(default_factory=dict)
    count: int = 0

    def write(self, event: Envelope) -> str:
        """Append; returns where it lies."""
        topic = type(event.data).TOPIC
        held = self.topics.setdefault(topic, [])
        self.count += 1
        held.append(Written(topic, PARTITION, len(held), 1000 * self.count, event))
        return held[-1].origin

    def part(self, topic: str) -> Parts:
        """A topic as facts have it."""
        return {PARTITION: self.topics.get(topic, [])}


class Recorded(Told):
    """Triage and response that write what they are told and what follows."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.response = Response(20)
        self.standings = self.response.initial()

    def take(self, event: Envelope, cause: str = "") -> Any:
        """The data of what follows in triage; `cause` has the event's own where it is no input from outside."""
        origin = self.log.write(msgspec.structs.replace(event, cause=cause))
        data = super().take(event)
        alert = self.outputs[-1]
        self._decide(alert, self.log.write(msgspec.structs.replace(alert, cause=origin)))
        return data

    def _decide(self, alert: Envelope, origin: str) -> None:
        decision = self.response.decide(self.standings, alert)
        if decision is not None:
            self.standings = self.response.evolve(self.standings, decision)
            self.take(decision, origin)


def past() -> Recorded:
    told = Recorded()
    told.judged([("false_positive", 8.5)] * 5)
    told.take(finding("weak", DAY, 9.0))
    told.accepted(30.0, 2 * DAY)
    told.take(finding("within", 3 * DAY, 29.0))
    return told


def facts_of(log: Log) -> Facts:
    return Facts(
        detections=log.part("detections"),
        alerts=log.part("alerts"),
        decisions=log.part("credential-decisions"),
        actions=log.part("analyst-actions"),
        at={one.envelope.id: one for held in log.topics.values() for one in held},
    )


def course(log: Log, stretch: Variant, changed: Variant) -> Course:
    found = [Found(PARTITION, one.written_ms, one.envelope) for one in log.topics["detections"]]
    return courses.course(facts_of(log), [found], stretch, changed, 20)


def test_without_a_change_everything_taught_is_derived_as_it_was() -> None:
    log = past().log
    derived = course(log, Variant(), Variant())
    assert courses.differences(courses.actual(facts_of(log), Variant()), derived) == []
    assert sum(isinstance(one.data, AlertSetAside) for one in derived.alerts) == 2
    assert derived.refused == 0


def test_a_stretch_starts_with_what_was_taught_before_it() -> None:
    log = past().log
    stretch = parse({"since": (START + timedelta(minutes=DAY - 10)).isoformat()})
    derived = course(log, stretch, stretch)
    assert courses.differences(courses.actual(facts_of(log), stretch), derived) == []
    assert sum(isinstance(one.data, AlertSetAside) for one in derived.alerts) == 2


def test_without_feedback_what_was_set_aside_would_have_opened() -> None:
    log = past().log
    was, would_be = (
        alerts_of(course(log, Variant(), changed).alerts)
        for changed in (Variant(), parse({"triage": {"feedback": False}}))
    )
    changes = compare_alerts(was, would_be, facts_of(log).verdicts())
    assert [one.change for one in changes if one.change != "changed"] == ["gained", "gained"]
    assert parse({"triage": {"feedback": False}}).told() == ["triage feedback off"]


def cut_off() -> Recorded:
    """A device whose credential is held for a takeover; the alert is closed, and then it says nothing any more."""
    told = Recorded()
    opened = told.take(finding("taken", 0, None, kind="rule.account_takeover", severity="critical"))
    assert isinstance(told.outputs[-1].data, CutOffNoted)
    told.judge(opened.alert, "true_positive", 2)
    aside = told.take(finding("silent", 5, None, kind="silence.silent", p_value=1e-6))
    assert aside.reason == "cut_off"
    return told


def test_a_silence_that_a_decision_explains_is_derived_with_the_decision() -> None:
    log = cut_off().log
    derived = course(log, Variant(), Variant())
    assert courses.differences(courses.actual(facts_of(log), Variant()), derived) == []
    assert [type(one.data) for one in derived.decisions] == [CredentialDecided]
    later = parse({"since": (START + timedelta(minutes=4)).isoformat()})
    assert courses.differences(courses.actual(facts_of(log), later), course(log, later, later)) == []


def test_a_policy_that_had_not_cut_it_off_would_have_had_an_alert_of_its_silence() -> None:
    log = cut_off().log
    changed = parse({"response": {"actions": {"rule.account_takeover": "none"}}})
    derived = course(log, Variant(), changed)
    assert derived.decisions == []
    assert [one.data.kind for one in derived.alerts if isinstance(one.data, AlertOpened)] == [
        "rule.account_takeover",
        "silence.silent",
    ]

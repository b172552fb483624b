"""A what-if derives what verdicts did, and shows which alerts would have opened without them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import msgspec

from detectors.variant import Variant, parse
from schemas.alert import AlertSetAside
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
    """Triage that writes what it is told and what follows."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()

    def take(self, event: Envelope) -> Any:
        """The data of what follows."""
        cause = self.log.write(event)
        data = super().take(event)
        self.log.write(msgspec.structs.replace(self.outputs[-1], cause=cause))
        return data


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
        decisions={},
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

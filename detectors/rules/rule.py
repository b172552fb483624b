"""What a rule is: metadata, a bounded memory of one device, a pure step, and cases that say when it must and must not speak."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

from detectors.detection import detection
from schemas.detection import DetectionRaised, Evidence, Expectation, Severity
from schemas.event import Envelope, Event


@dataclass(frozen=True, slots=True)
class Seen:
    """A security event and where it lies in the log."""

    envelope: Envelope
    origin: str

    def evidence(self, summary: str) -> Evidence:
        """This event as evidence."""
        return Evidence(event=self.envelope.id, origin=self.origin, time=self.envelope.time, summary=summary)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule's finding on one device; `key` says what it is about, so that the same thing found again has the same id.

    `expectations` are what the rule expected and saw instead, most telling first.
    """

    key: tuple[str, ...]
    title: str
    explanation: str
    since: datetime
    evidence: tuple[Evidence, ...]
    expectations: tuple[Expectation, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A test case: events of one device in the order they arrive, as (seconds after a start, event), and how often the rule must speak."""

    name: str
    events: tuple[tuple[float, Event], ...]
    findings: int


class Rule(Protocol):
    """One rule. Its memory of a device is a msgspec struct of bounded size, so that it can be part of a snapshot.

    `step` uses event times only, never the order of arrival alone where times say otherwise, and gets each event id once. It returns the
    memory after the event and the finding it completes, if any.
    """

    kind: ClassVar[str]
    version: ClassVar[int]
    severity: ClassVar[Severity]
    about: ClassVar[str]
    event_types: ClassVar[tuple[type[Event], ...]]
    memory: ClassVar[type[Any]]
    cases: ClassVar[tuple[Case, ...]]

    def step(self, memory: Any, seen: Seen) -> tuple[Any, Finding | None]:
        """Take one event of one of `event_types`."""
        ...


def raised(rule: Rule, seen: Seen, finding: Finding) -> Envelope:
    """The detection for a finding; its id depends on the device and what was found, its time is that of the event that completed it."""
    cause = seen.envelope
    return detection(
        *("rules", cause.tenant, cause.subject, rule.kind, *finding.key),
        time=cause.time,
        data=DetectionRaised(
            detector=rule.kind,
            version=rule.version,
            kind=rule.kind,
            severity=rule.severity,
            title=finding.title,
            explanation=finding.explanation,
            since=finding.since,
            evidence=finding.evidence,
            expectations=finding.expectations,
        ),
        cause=seen.origin,
    )

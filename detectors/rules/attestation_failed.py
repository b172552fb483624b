"""Attestation failed: the device does not run what it should."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from detectors.rules.rule import Case, Finding, Seen
from schemas.detection import Expectation, Severity
from schemas.event import Event
from schemas.security import AttestationFailed, AttestationPassed

SHOWN = 12
# A SHA-512 in hexadecimal; what a device calls its measurement may be anything.
MOST_TEXT = 128


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """One device: the measurement that was found wrong and is not over, and when it last passed."""

    wrong: str = ""
    passed: datetime | None = None


class AttestationMismatch:
    """A measurement that is not the expected one (RATS architecture, RFC 9334); told once for each wrong measurement until one passes.

    A failure older than the newest pass is history and not told.
    """

    kind: ClassVar[str] = "rule.attestation_failed"
    version: ClassVar[int] = 2
    severity: ClassVar[Severity] = "critical"
    about: ClassVar[str] = "A device's measurement is not the expected one"
    event_types: ClassVar[tuple[type[Event], ...]] = (AttestationFailed, AttestationPassed)
    memory: ClassVar[type[Memory]] = Memory
    cases: ClassVar[tuple[Case, ...]] = ()

    def step(self, memory: Memory, seen: Seen) -> tuple[Memory, Finding | None]:
        """Tell a new wrong measurement."""
        data, time = seen.envelope.data, seen.envelope.time
        if isinstance(data, AttestationPassed):
            newest = time if memory.passed is None else max(memory.passed, time)
            return Memory(wrong="", passed=newest), None
        if not isinstance(data, AttestationFailed) or data.measured == memory.wrong:
            return memory, None
        if memory.passed is not None and time < memory.passed:
            return memory, None
        return Memory(wrong=data.measured, passed=memory.passed), _finding(data, seen)


def _finding(data: AttestationFailed, seen: Seen) -> Finding:
    device = seen.envelope.subject
    measured, expected = data.measured[:SHOWN], data.expected[:SHOWN]
    return Finding(
        key=(seen.envelope.id,),
        title=f"{device} does not run the firmware it should",
        explanation=f"{device} measured {measured}… where firmware {data.firmware} measures {expected}…: what it runs was changed.",
        since=seen.envelope.time,
        evidence=(seen.evidence(f"attestation of firmware {data.firmware} failed: measured {measured}…"),),
        expectations=(
            Expectation(
                what=f"measurement of firmware {data.firmware}",
                seen=data.measured[:MOST_TEXT],
                expected=data.expected[:MOST_TEXT],
            ),
        ),
    )


_FAILED = AttestationFailed(firmware="4.2.0", expected="aa11", measured="bb22")
_PASSED = AttestationPassed(firmware="4.2.0", measurement="aa11")

AttestationMismatch.cases = (
    Case("wrong measurement", ((0, _FAILED),), 1),
    Case("told once while it stays wrong", ((0, _FAILED), (60, _FAILED)), 1),
    Case(
        "another wrong measurement", ((0, _FAILED), (9, msgspec.structs.replace(_FAILED, measured="cc33"))), 2
    ),
    Case("wrong again after it had passed", ((0, _FAILED), (60, _PASSED), (120, _FAILED)), 2),
    Case("passed", ((0, _PASSED),), 0),
    Case("a late failure from before the newest pass", ((60, _PASSED), (0, _FAILED)), 0),
)

"""What an import or a question says, to people in less than 30 lines and to programs as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from schemas.event import Envelope
from schemas.inventory import VulnerabilityCleared, VulnerabilityFound

MOST_LINES = 20
ORDER = ("critical", "high", "medium", "low", "none", "unknown")


def by_severity(found: Iterable[VulnerabilityFound]) -> list[VulnerabilityFound]:
    """What needs somebody first: not settled by VEX before settled, then severity and score."""
    return sorted(
        found,
        key=lambda one: (
            one.status in ("not_affected", "fixed"),
            ORDER.index(one.severity),
            -(one.score or 0.0),
            (one.model, one.firmware, one.vulnerability, one.component),
        ),
    )


def line(one: VulnerabilityFound) -> str:
    """One finding: `cam 4.2.0: CVE-2024-1 (critical 9.8) in openssl 3.0.1, not assessed: ...; fixed in 3.0.2`."""
    score = "" if one.score is None else f" {one.score:g}"
    status = "not assessed" if one.status == "unassessed" else one.status.replace("_", " ")
    why = f" ({one.justification.replace('_', ' ')})" if one.justification else ""
    doubt = "cannot tell: " if one.match == "cannot_tell" else ""
    fix = f"; fixed in {', '.join(one.fixed_in[:3])}" if one.fixed_in else ""
    cve = next((f" alias {name}" for name in one.aliases if name.startswith("CVE-")), "")
    text = (
        f"{one.model} {one.firmware}: {one.vulnerability}{cve} ({one.severity}{score}) in {one.name} {one.version}, "
        f"{status}{why}. {doubt}{one.reason}{fix}"
    )
    return printable(text)


def lines(found: Sequence[VulnerabilityFound]) -> list[str]:
    """The first of the findings, one a line, and how many more there are."""
    more = len(found) - MOST_LINES
    return [*map(line, found[:MOST_LINES]), *([f"... and {more} more; --json has all"] if more > 0 else [])]


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 finding`, `1,200 findings`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def printable(text: str) -> str:
    """Text from a file without what could steer a terminal."""
    return "".join(char if char.isprintable() else "?" for char in text)


def document(events: Iterable[Envelope]) -> list[dict[str, Any]]:
    """Findings as JSON objects with their type."""
    return [{"type": event.type, "id": event.id, **msgspec.to_builtins(event.data)} for event in events]


def news(events: Sequence[Envelope]) -> list[str]:
    """What the findings of an import say."""
    found = by_severity(event.data for event in events if isinstance(event.data, VulnerabilityFound))
    gone = sum(1 for event in events if isinstance(event.data, VulnerabilityCleared))
    return [*lines(found), *([f"{counted(gone, 'finding')} cleared"] if gone else [])]

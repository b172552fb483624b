"""Vulnerabilities out of OSV records. Source: the OSV schema 1.7."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from detectors.inventory.cvss import base_score, severity_of
from schemas.errors import Rejected
from schemas.event import Time
from schemas.inventory import Affected, Boundary, Severity, VersionRange, VulnerabilityPublished
from schemas.topics import MAX_EVENT_BYTES
from streams.inventory.document import Document, shaped

MOST_TEXT = 500
MOST_REFERENCES = 20
RATINGS: dict[str, Severity] = {
    "CRITICAL": "critical",
    "HIGH": "high",
    "IMPORTANT": "high",
    "MODERATE": "medium",
    "MEDIUM": "medium",
    "LOW": "low",
}


class _Scored(msgspec.Struct):
    type: str
    score: str


class _Package(msgspec.Struct):
    ecosystem: str = ""
    name: str = ""
    purl: str = ""


class _Range(msgspec.Struct):
    type: Literal["SEMVER", "ECOSYSTEM", "GIT"]
    events: list[dict[str, str]]


class _Affected(msgspec.Struct):
    package: _Package = msgspec.field(default_factory=_Package)
    ranges: list[_Range] = []
    versions: list[str] = []
    severity: list[_Scored] = []


class _Link(msgspec.Struct):
    url: str


class _Record(msgspec.Struct):
    id: str
    modified: Time
    withdrawn: Time | None = None
    aliases: list[str] = []
    summary: str = ""
    details: str = ""
    severity: list[_Scored] = []
    affected: list[_Affected] = []
    references: list[_Link] = []
    database_specific: dict[str, Any] = {}


def published(document: Document) -> Iterator[tuple[str, VulnerabilityPublished]]:
    """Id and event of each record in a file that is one record or a list of them; Rejected names what is wrong."""
    many = isinstance(document.content, list)
    for place, content in enumerate(document.content if many else [document.content]):
        at = f"[{place}]" if many else ""
        record = shaped(content, _Record, at)
        if not record.id:
            raise Rejected("bad_data", f"{at}.id".lstrip("."), "is empty")
        event = _event(record, at)
        if len(msgspec.json.encode(event)) > MAX_EVENT_BYTES // 2:
            raise Rejected("oversized", f"{at}.affected".lstrip("."), "has more than half a megabyte")
        yield record.id, event


def _event(record: _Record, at: str) -> VulnerabilityPublished:
    vector, score, severity = _severity(record)
    return VulnerabilityPublished(
        modified=record.modified,
        affected=tuple(_affected(one, f"{at}.affected[{n}]") for n, one in enumerate(record.affected)),
        aliases=tuple(record.aliases),
        summary=(record.summary or record.details.strip().partition("\n")[0])[:MOST_TEXT],
        severity=severity,
        score=score,
        vector=vector,
        withdrawn=record.withdrawn,
        references=tuple(link.url for link in record.references[:MOST_REFERENCES]),
    )


def _affected(found: _Affected, at: str) -> Affected:
    return Affected(
        ecosystem=found.package.ecosystem,
        name=found.package.name,
        purl=found.package.purl,
        versions=tuple(found.versions),
        ranges=tuple(_range(one, f"{at}.ranges[{n}]".lstrip(".")) for n, one in enumerate(found.ranges)),
    )


def _range(found: _Range, at: str) -> VersionRange:
    boundaries = []
    for place, event in enumerate(found.events):
        if len(event) != 1:
            raise Rejected("bad_data", f"{at}.events[{place}]", "must have exactly one field")
        ((kind, version),) = event.items()
        boundaries.append(shaped({"kind": kind, "version": version}, Boundary, f"{at}.events[{place}]"))
    if not any(boundary.kind == "introduced" for boundary in boundaries):
        raise Rejected("missing_field", f"{at}.events", "has no introduced")
    return VersionRange(kind=found.type, boundaries=tuple(boundaries))


def _severity(record: _Record) -> tuple[str, float | None, Severity]:
    """Vector, base score and rating: of the record's CVSS 3 vector, else its affected packages', else what its database rates it."""
    scored = [*record.severity, *(one for affected in record.affected for one in affected.severity)]
    for one in scored:
        score = base_score(one.score)
        if score is not None:
            return one.score, score, severity_of(score)
    rated = RATINGS.get(str(record.database_specific.get("severity", "")).upper(), "unknown")
    return (scored[0].score if scored else ""), None, rated

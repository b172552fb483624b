"""What a firmware is made of and which vulnerabilities it has, topic `inventory`, written by `streams.inventory` only.

Components come from CycloneDX SBOMs, vulnerabilities from OSV records, assessments from VEX documents (OpenVEX or CycloneDX). Findings
are derived from these three by `detectors.inventory`, so the whole topic without its findings gives the same findings again.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from schemas.event import Event, Time

Severity = Literal["unknown", "none", "low", "medium", "high", "critical"]
Assessment = Literal["not_affected", "affected", "fixed", "under_investigation"]


class Component(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part of a firmware. `purl` is its package URL without subpath, `ref` the name its SBOM gives it, `kind` CycloneDX's type.

    `hashes` maps CycloneDX's algorithm names (`SHA-256`) to hex digests; `licences` are SPDX ids or expressions, or plain names.
    """

    name: str
    version: str = ""
    purl: str = ""
    kind: str = "library"
    ref: str = ""
    cpe: str = ""
    hashes: dict[str, str] = {}
    licences: tuple[str, ...] = ()


class InventoryEvent(Event, frozen=True, kw_only=True):
    """Base of everything on `inventory`."""

    TOPIC: ClassVar[str] = "inventory"


class FirmwareComponentsListed(InventoryEvent, frozen=True, kw_only=True):
    """Part `part` (from 1) of `parts` of one SBOM; the subject is `model/firmware`. Only all parts together say what a firmware contains.

    `digest` is the SHA-256 of the file in hex, `sbom` its serial number (or that digest), `purl` and `ref` name the firmware itself. The
    SBOM that was listed completely last is the one in force.
    """

    TYPE: ClassVar[str] = "firmware.components_listed.v1"
    model: str
    firmware: str
    sbom: str
    digest: str
    format: str
    part: int
    parts: int
    components: tuple[Component, ...]
    purl: str = ""
    ref: str = ""


class Boundary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a range of affected versions begins or ends (an OSV `event`); version "0" is before every other."""

    kind: Literal["introduced", "fixed", "last_affected", "limit"]
    version: str


class VersionRange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One OSV range; in a GIT range the versions are commits, which nobody can order without the repository."""

    kind: Literal["SEMVER", "ECOSYSTEM", "GIT"]
    boundaries: tuple[Boundary, ...]


class Affected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One package that a vulnerability is in: listed versions and ranges, either is enough. Neither means every version."""

    ecosystem: str = ""
    name: str = ""
    purl: str = ""
    versions: tuple[str, ...] = ()
    ranges: tuple[VersionRange, ...] = ()


class VulnerabilityPublished(InventoryEvent, frozen=True, kw_only=True):
    """A vulnerability is known, or more is known of it; the subject is its id. Of several the one `modified` last is in force.

    `score` is the CVSS base score (0-10), `vector` what it was computed from, `withdrawn` says when it was taken back.
    """

    TYPE: ClassVar[str] = "vulnerability.published.v1"
    modified: Time
    affected: tuple[Affected, ...]
    aliases: tuple[str, ...] = ()
    summary: str = ""
    severity: Severity = "unknown"
    score: float | None = None
    vector: str = ""
    withdrawn: Time | None = None
    references: tuple[str, ...] = ()


class VulnerabilityAssessed(InventoryEvent, frozen=True, kw_only=True):
    """Somebody who knows the product says whether a vulnerability matters in it (one VEX statement); the subject is the vulnerability.

    It is about the firmware of `model` and `firmware` (empty: any), the `products` (package URLs or an SBOM's refs of a firmware or a
    component; none: any) and in them the `components` (none: any). The statement of the newest event time is in force.
    """

    TYPE: ClassVar[str] = "vulnerability.assessed.v1"
    status: Assessment
    document: str
    author: str = ""
    justification: str = ""
    impact: str = ""
    action: str = ""
    aliases: tuple[str, ...] = ()
    model: str = ""
    firmware: str = ""
    products: tuple[str, ...] = ()
    components: tuple[str, ...] = ()


class FindingEvent(InventoryEvent, frozen=True, kw_only=True):
    """Base of what was found: a vulnerability in a component (its package URL, else name@version) of a firmware.

    The subject is `model/firmware`.
    """

    model: str
    firmware: str
    vulnerability: str
    component: str


class VulnerabilityFound(FindingEvent, frozen=True, kw_only=True):
    """A firmware contains what a vulnerability is in, or what is known of that has changed.

    `match` is `cannot_tell` where the versions can't be compared; `reason` says why it matched or why nobody can tell. `status` is what
    the VEX statement of `document` says, `unassessed` where there is none, and `justification` its reason.
    """

    TYPE: ClassVar[str] = "vulnerability.found.v1"
    match: Literal["affected", "cannot_tell"]
    reason: str
    status: Literal["unassessed", "not_affected", "affected", "fixed", "under_investigation"]
    name: str
    version: str
    sbom: str
    severity: Severity = "unknown"
    score: float | None = None
    aliases: tuple[str, ...] = ()
    summary: str = ""
    fixed_in: tuple[str, ...] = ()
    justification: str = ""
    document: str = ""


class VulnerabilityCleared(FindingEvent, frozen=True, kw_only=True):
    """What was found before is no longer so: another SBOM, another range, or withdrawn; `reason` says which."""

    TYPE: ClassVar[str] = "vulnerability.cleared.v1"
    reason: str

"""Comparing versions as each ecosystem does, and saying so where nobody can. Source: the OSV schema's evaluation algorithm."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from univers import versions

from schemas.inventory import VersionRange

# What orders the versions of a purl type.
KINDS: dict[str, type[versions.Version]] = {
    "alpm": versions.ArchLinuxVersion,
    "apk": versions.AlpineLinuxVersion,
    "cargo": versions.SemverVersion,
    "composer": versions.ComposerVersion,
    "conan": versions.ConanVersion,
    "deb": versions.DebianVersion,
    "gem": versions.RubygemsVersion,
    "golang": versions.GolangVersion,
    "hex": versions.SemverVersion,
    "maven": versions.MavenVersion,
    "npm": versions.SemverVersion,
    "nuget": versions.NugetVersion,
    "pub": versions.SemverVersion,
    "pypi": versions.PypiVersion,
    "rpm": versions.RpmVersion,
    "semver": versions.SemverVersion,
}
SEMANTIC = (versions.SemverVersion, versions.GolangVersion)
# univers reads almost anything as a semantic version and lets build metadata decide; SemVer 2.0.0 does neither.
SEMVER = re.compile(r"v?(0|[1-9]\d*)(\.(0|[1-9]\d*)){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
LONGEST = 256


class CannotTell(Exception):  # noqa: N818
    """The versions can't be compared; its text says why, without repeating more than a version."""


@lru_cache(maxsize=65_536)
def parse(kind: str, text: str) -> Any:
    """A version of a purl type (or `semver`) that compares with others of it; CannotTell where it is none."""
    scheme = KINDS.get(kind)
    if scheme is None:
        raise CannotTell(f"nobody says how versions of {kind} packages are ordered")
    if not text.strip() or len(text) > LONGEST or (scheme in SEMANTIC and not SEMVER.fullmatch(text)):
        raise CannotTell(f"{text[:64]!r} is not a version of the {kind} kind")
    try:
        return scheme(text.partition("+")[0] if scheme in SEMANTIC else text)
    except Exception:  # each of univers' twenty parsers raises what it likes
        raise CannotTell(f"{text[:64]!r} is not a version of the {kind} kind") from None


def same(kind: str, one: str, other: str) -> bool:
    """Whether two versions are the same one, also where they are only written differently (1.0 and 1.0.0)."""
    if one == other:
        return True
    try:
        return bool(parse(kind, one) == parse(kind, other))
    except Exception:  # CannotTell, and what univers raises when it compares
        return False


def is_in(kind: str, text: str, span: VersionRange) -> bool:
    """Whether a version is in a range; CannotTell for commits and for versions that are none.

    Boundaries may come in any order: they are sorted by version, `introduced` before the ends at the same version.
    """
    if span.kind == "GIT":
        raise CannotTell("the range is of Git commits and the component says only its version")
    scheme = "semver" if span.kind == "SEMVER" and kind != "golang" else kind
    try:
        version = parse(scheme, text)
        limits = [b for b in span.boundaries if b.kind == "limit" and b.version != "*"]
        if limits and not any(version < parse(scheme, b.version) for b in limits):
            return False
        return _inside(scheme, version, span)
    except CannotTell:
        raise
    except Exception:  # as when parsing
        raise CannotTell(f"{text[:64]!r} can't be compared with the range's versions") from None


def _inside(scheme: str, version: Any, span: VersionRange) -> bool:
    # The newest boundary at or before the version decides. "0" is before every version.
    inside = any(b.kind == "introduced" and b.version == "0" for b in span.boundaries)
    passed: Any = None
    for boundary in span.boundaries:
        if boundary.kind == "limit" or boundary.version == "0":
            continue
        at = parse(scheme, boundary.version)
        reached = version > at if boundary.kind == "last_affected" else version >= at
        newer = passed is None or at > passed or (at == passed and boundary.kind != "introduced")
        if reached and newer:
            passed, inside = at, boundary.kind == "introduced"
    return inside


def fixes(span: VersionRange) -> list[str]:
    """The versions a range says it is fixed in, as written."""
    return [b.version for b in span.boundaries if b.kind == "fixed"]

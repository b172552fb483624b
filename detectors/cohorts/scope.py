"""What a finding about a whole cohort is a part of: each partition sees a part of the cohort and tells of it by itself."""

from __future__ import annotations

from typing import Any

from detectors.cohorts.row import DIVERGED, SHIFT
from detectors.cohorts.sentence import Group
from schemas.detection import Scope


def scope_of(found: Any, kind: str, group: Group) -> Scope | None:
    """The cohort a finding is about, None where it is about one device; a move up is another thing than one down."""
    if int(found["kind"]) not in (SHIFT, DIVERGED):
        return None
    way = " up" if found["z"] > 0 else " down"
    moved = way if int(found["kind"]) == SHIFT else ""
    return Scope(key=f"{kind}{moved} {group.name}", members=max(round(float(found["peers"])), 1))

"""Why a finding was raised, in numbers, as its detector wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dashboards.store import Store
from schemas.detection import Cohort, Contribution, Expectation, Nearest


class Reasons(msgspec.Struct, frozen=True):
    """The explanation of one finding; empty for one made before there were any."""

    contributions: tuple[Contribution, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    cohort: Cohort | None = None
    nearest: Nearest | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A finding's data as it lies on the log, JSON."""

    detection: str
    data: str


def of_findings(store: Store, tenants: Sequence[str], ids: Sequence[str]) -> dict[str, Reasons]:
    """The reasons of these findings by their id; one that can't be read is left out rather than hiding the rest."""
    source = """(
        SELECT id AS detection, data FROM events FINAL
        WHERE topic = 'detections' AND tenant IN {tenants:Array(String)} AND has({ids:Array(String)}, id)
    )"""
    found = {}
    for row in store.rows(Written, source, {"tenants": tenants, "ids": ids}) if ids else []:
        try:
            found[row.detection] = msgspec.json.decode(row.data, type=Reasons)
        except (msgspec.ValidationError, msgspec.DecodeError):
            continue
    return found

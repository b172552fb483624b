"""What a person wrote becomes a variant, or a refusal that names the first wrong field and what is accepted there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from detectors.baseline.parameters import DETECTOR as BASELINE
from detectors.clocks.parameters import DETECTOR as CLOCK
from detectors.cohorts.parameters import DETECTOR as COHORT
from detectors.flows.parameters import DETECTOR as FLOW
from detectors.rules.engine import RULES
from detectors.silence.parameters import DETECTOR as SILENCE
from detectors.variant.changes import Answer
from detectors.variant.variant import Variant
from schemas.errors import Rejected

# Detectors whose kinds are named after what was measured, and so can't be listed.
FAMILIES = (BASELINE, COHORT, SILENCE, CLOCK, FLOW)
MEASURED = re.compile(rf"({'|'.join(FAMILIES)})\.[\w.]{{1,100}}")
TENANT = re.compile(r"[A-Za-z0-9._-]{1,64}")


def parse(raw: object) -> Variant:
    """The variant in plain data; Rejected names the first wrong field and what is accepted there."""
    if not isinstance(raw, Mapping):
        raise Rejected("bad_variant", "", "must be an object with fields such as " + _names(Variant))
    try:
        variant = msgspec.convert(raw, Variant)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from None
    _check(variant)
    return variant


def _check(variant: Variant) -> None:
    if variant.since and variant.until and variant.since >= variant.until:
        raise Rejected("bad_value", "until", "must be later than since")
    for place, tenant in enumerate(variant.tenants):
        if not TENANT.fullmatch(tenant):
            raise Rejected("bad_value", f"tenants[{place}]", "is no tenant's name")
    known = {rule.kind for rule in RULES}
    for kind in variant.response.actions:
        if kind not in known and not MEASURED.fullmatch(kind):
            families = ", ".join(f"{name}.<what>" for name in FAMILIES)
            raise Rejected(
                "unknown_kind",
                "response.actions",
                f"has a kind that no alert has; kinds are {', '.join(sorted(known))}, {families}",
            )


def _explained(problem: str) -> Rejected:
    """The field that msgspec found wrong, with what is accepted there."""
    reason, _, rest = problem.partition(" - at `$")
    path = rest.rstrip("`").lstrip(".")
    if "unknown field" in reason:
        name = reason.partition("unknown field `")[2].rstrip("`")[:60]
        field = f"{path}.{name}" if path else name
        return Rejected("unknown_field", field, f"no such field; there are {_names(_struct_at(path))}")
    if "Invalid enum value" in reason:
        accepted = ", ".join(get_args(Answer))
        return Rejected("bad_value", path.replace("[...]", ""), f"must be one of {accepted}")
    if "timezone" in reason or "RFC3339" in reason:
        return Rejected("bad_time", path, "must be a time such as 2026-05-01T12:00:00Z, with its zone")
    return Rejected("bad_value", path, reason.replace("`", "").replace("Expected", "expected"))


def _struct_at(path: str) -> Any:
    found: Any = Variant()
    for name in path.split(".") if path else ():
        found = getattr(found, name)
    return type(found)


def _names(struct: Any) -> str:
    return ", ".join(struct.__struct_fields__)

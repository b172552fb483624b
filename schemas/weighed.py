"""How triage weighed a finding whose strength is a number: what people said of findings like it, and the bar that follows."""

from __future__ import annotations

from typing import Literal

import msgspec

from schemas.event import Time

Direction = Literal["above", "below", "either"]


class Weighed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One finding against the verdicts on findings like it: of its tenant, its `kind` and its `direction`.

    `strength` is the finding's score without its sign, or 1 / p-value where it has none. A finding weaker than `bar` opens no alert; 0
    says that there is no bar. `times` is the bar as a multiple of the weakest finding like it. `false` of `judged` verdicts said that
    nothing happened; `precision` is the estimated share that is true. Without further verdicts the bar is gone at `until` (event time).
    `actual` is what was measured of `metric` where it lies outside its usual range, `expected` what is usual.
    """

    kind: str
    direction: Direction
    strength: float
    bar: float = 0.0
    times: float = 1.0
    false: int = 0
    judged: int = 0
    precision: float = 0.5
    until: Time | None = None
    metric: str = ""
    actual: float | None = None
    expected: float | None = None

"""How strong a finding is, in a way that findings of one kind can be compared by."""

from __future__ import annotations

import math

import msgspec

from schemas.detection import DetectionRaised
from schemas.weighed import Direction, Weighed


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """What an alert remembers of its findings of one kind and direction.

    `weakest` and `strongest` bound their strengths. `farthest` is what was measured farthest from `expected`, in the unit of `metric`; it
    is None where any of them was odd by something else than its value (noise, a stuck sensor, a gap).
    """

    weakest: float
    strongest: float
    metric: str = ""
    farthest: float | None = None
    expected: float = 0.0


def weighed_of(finding: DetectionRaised) -> Weighed | None:
    """The finding's strength, with nothing yet said about it; None where it has none that is finite (rules): such a one is never set aside.

    A strength is the score without its sign, or 1 / p-value: both grow with how odd a finding is, and no logarithm is taken, so that it is
    the same to the last bit on every machine.
    """
    strength = _strength(finding.score, finding.p_value)
    if strength is None:
        return None
    weighed = Weighed(kind=finding.kind, direction=_direction(finding.score), strength=strength)
    if not _is_outside(finding):
        return weighed
    return msgspec.structs.replace(
        weighed, metric=finding.metric or "", actual=finding.actual, expected=finding.expected
    )


def key_of(kind: str, direction: Direction) -> str:
    """What findings that are alike have in common within a tenant."""
    return f"{kind} {direction}"


def joined(sign: Sign | None, weighed: Weighed) -> Sign:
    """What an alert remembers after one more finding; the same one again changes nothing."""
    one = Sign(
        weakest=weighed.strength,
        strongest=weighed.strength,
        metric=weighed.metric,
        farthest=weighed.actual,
        expected=weighed.expected or 0.0,
    )
    if sign is None:
        return one
    far = one if _distance(one) > _distance(sign) else sign
    both = sign.farthest is not None and one.farthest is not None and sign.metric == one.metric
    return Sign(
        weakest=min(sign.weakest, one.weakest),
        strongest=max(sign.strongest, one.strongest),
        metric=far.metric if both else "",
        farthest=far.farthest if both else None,
        expected=far.expected if both else 0.0,
    )


def _strength(score: float | None, p_value: float | None) -> float | None:
    if score is not None:
        return abs(score) if math.isfinite(score) and score != 0 else None
    if p_value is None or not 0 < p_value <= 1:
        return None
    strength = 1 / p_value
    return strength if math.isfinite(strength) else None


def _direction(score: float | None) -> Direction:
    if score is None:
        return "either"
    return "above" if score > 0 else "below"


def _is_outside(finding: DetectionRaised) -> bool:
    """Whether the value itself is what is odd, on the side its score says."""
    values = (finding.actual, finding.expected, finding.low, finding.high)
    if not finding.metric or not all(value is not None and math.isfinite(value) for value in values):
        return False
    above = finding.actual > finding.high  # type: ignore[operator]
    below = finding.actual < finding.low  # type: ignore[operator]
    return (above and _direction(finding.score) == "above") or (
        below and _direction(finding.score) == "below"
    )


def _distance(sign: Sign) -> float:
    return 0.0 if sign.farthest is None else abs(sign.farthest - sign.expected)

"""What the peers did, the nearest normal value, and how often health goes as far."""

from __future__ import annotations

from markupsafe import Markup

from dashboards.components.numbers import count, counted, extent, figure, label_of, quantity
from detectors.silence.parameters import GAP
from schemas.detection import Cohort, Nearest

RAREST = 1_000_000_000  # nobody can imagine less


def peers(around: Cohort) -> str:
    """What those of the device's cohort did at that moment that detection compared it with."""
    where = ", ".join(part for part in (around.model, around.site) if part)
    who = f"{counted(around.peers, 'peer')} compared{f' ({where})' if where else ''}"
    if not around.peers:
        return "None to compare with reported at that time."
    if around.changed:
        said = f"{count(around.changed)} of {who} {_did(around)} as well"
    elif around.metric == GAP:
        said = f"{who}, {'not silent' if around.peers == 1 else 'none silent'}"
    else:
        said = f"{who}, {'unchanged' if around.peers == 1 else 'all unchanged'}"
    if around.now is None or around.low is None or around.high is None:
        return f"{said}."
    usual = f", {quantity(around.before, around.metric)} expected" if around.before is not None else ""
    name, now = label_of(around.metric), quantity(around.now, around.metric)
    if around.peers == 1:
        return f"{said}; its {name}: {now}{usual}."
    reach = extent(around.low, around.high, around.metric)
    return f"{said}; their {name}: median {now} ({reach}){usual}."


def _did(around: Cohort) -> str:
    if around.metric != GAP:
        return "changed"
    return "is silent" if around.changed == 1 else "are silent"


def nearest_normal(one: Nearest, device: Markup | str = "") -> Markup:
    """The closest to what it does that is known to be normal; `device` links to the peer it is normal for."""
    value = f"{label_of(one.metric)} {quantity(one.value, one.metric)}"
    apart = f"{figure(one.distance)} deviations away"
    if device:
        return Markup("{}, usual for its peer {}; {}.").format(value, device, apart)
    if one.distance == 0:
        return Markup("{}: the value itself has been normal for it, the way there is not.").format(value)
    return Markup("{}, the end of its own range so far; {}.").format(value, apart)


def unlikely(p_value: float | None) -> str:
    """How often health goes as far at most: `1 in 1,220`; empty where nobody counted."""
    if p_value is None or p_value <= 0 or p_value >= 1:
        return ""
    if p_value * RAREST < 1:
        return f"under 1 in {count(RAREST)}"
    return f"1 in {count(round(1 / p_value))}" if p_value < 0.5 else f"{figure(100 * p_value)} %"

"""May the stage go on? The newest verdict as an answer that is never better than what is known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from streams.control.campaign import Stage

NUMBERS = ("difference", "low", "high", "margin", "alpha", "needed")
COUNTS = ("assigned", "healthy", "rebooted", "silent", "pending")


def answer(
    stage: Stage | None, verdict: Mapping[str, Any] | None, now: datetime, max_age_s: float | None = None
) -> dict[str, Any]:
    """The gate's answer for a stage: its newest verdict, or HOLD with the reason why that can't be relied on.

    `verdict` is a row of the view `gate_verdicts`, None where there is none. `age_s` is how old the newest data is that it rests on;
    older than `max_age_s`, or counted over fewer devices than were assigned, a PROMOTE is only a HOLD.
    """
    if stage is None or stage.started is None:
        return hold("the stage has not been started")
    if verdict is None:
        return hold("no verdict yet; the gate gives one once devices of the stage report")
    age_s = (now - (verdict["newest"] or verdict["time"])).total_seconds()
    told = _told(verdict, age_s)
    doubt = _doubt(stage, verdict, age_s, max_age_s)
    if doubt and verdict["outcome"] == "PROMOTE":
        return {**told, **hold(doubt), "verdict": verdict["verdict"], "age_s": age_s}
    return told


def hold(reason: str) -> dict[str, Any]:
    """HOLD without a verdict to rest on."""
    return {"outcome": "HOLD", "explanation": f"HOLD: {reason}", "verdict": None, "age_s": None}


def _doubt(stage: Stage, verdict: Mapping[str, Any], age_s: float, max_age_s: float | None) -> str:
    started = stage.started
    if max_age_s is not None and age_s > max_age_s:
        return f"the newest verdict rests on data {age_s:.0f} s old, more than the {max_age_s:g} s allowed"
    for arm in ("treatment", "control"):
        assigned = getattr(started, arm)
        if verdict[f"{arm}_assigned"] < assigned:
            return f"the gate has counted {verdict[f'{arm}_assigned']} of {assigned} {arm} devices"
    return ""


def _told(verdict: Mapping[str, Any], age_s: float) -> dict[str, Any]:
    return {
        "outcome": verdict["outcome"],
        "explanation": verdict["explanation"],
        "verdict": verdict["verdict"],
        "age_s": age_s,
        "time": verdict["time"],
        "newest": verdict["newest"],
        **{arm: {name: verdict[f"{arm}_{name}"] for name in COUNTS} for arm in ("treatment", "control")},
        **{name: verdict[name] for name in NUMBERS},
        "frontier": verdict["frontier"],
    }

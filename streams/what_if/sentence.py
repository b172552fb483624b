"""The sentence that says what would have been different, and lines about each difference: subject, number, what was, what would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from schemas.event import rfc3339
from schemas.what_if import AlertDifference, DecisionSide, DeviceDifference, GateDifference, Score

CUT = ("hold", "revoke", "restrict")
# Which score a true and which a false alert has, where it is lost and where it is gained.
SCORES: tuple[tuple[str, Score, Score], ...] = (("lost", "worse", "better"), ("gained", "better", "worse"))


def counted(number: int, noun: str) -> str:
    """`1 alert`, `2 alerts`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def summary(
    alerts: Sequence[AlertDifference],
    devices: Sequence[DeviceDifference],
    gates: Sequence[GateDifference],
    raised: int,
) -> str:
    """One or two sentences: what would have been different, and whether analysts' verdicts call that better."""
    parts = [part for part in (_alerts(alerts, raised), _devices(devices), _gates(gates)) if part]
    if not parts:
        return f"Nothing would have been different: the same {counted(raised, 'alert')}, decisions and gate verdicts."
    return "; ".join(parts)[:1].upper() + "; ".join(parts)[1:] + "." + _scored(alerts)


def _alerts(alerts: Sequence[AlertDifference], raised: int) -> str:
    by = Counter(one.change for one in alerts)
    parts = [
        f"{by['lost']:,} of {counted(raised, 'alert')} would not have been raised" if by["lost"] else "",
        f"{counted(by['gained'], 'alert')} would have been raised that {'was' if by['gained'] == 1 else 'were'} not"
        if by["gained"]
        else "",
        f"{counted(by['changed'], 'alert')} would have been raised differently" if by["changed"] else "",
    ]
    return ", ".join(part for part in parts if part)


def _devices(devices: Sequence[DeviceDifference]) -> str:
    spared = [one.device for one in devices if _is_cut(one.was) and not _is_cut(one.would_be)]
    cut = [one.device for one in devices if _is_cut(one.would_be) and not _is_cut(one.was)]
    other = len(devices) - len(spared) - len(cut)
    parts = [
        f"{_named(spared)} would have kept {'its credential' if len(spared) == 1 else 'their credentials'}"
        if spared
        else "",
        f"{_named(cut)} would have been cut off" if cut else "",
        f"{counted(other, 'credential')} would have fared differently" if other else "",
    ]
    return ", ".join(part for part in parts if part)


def _gates(gates: Sequence[GateDifference]) -> str:
    if len(gates) == 1:
        (one,) = gates
        return f"stage {one.stage} of {one.rollout} would have been {gate_change(one)}"
    return f"{len(gates)} stages would have been judged differently" if gates else ""


def gate_change(one: GateDifference) -> str:
    """What is different about a stage's verdict."""
    was = one.was.outcome if one.was else "not judged"
    would_be = one.would_be.outcome if one.would_be else "not judged"
    if one.earlier_s is not None:
        return f"{would_be} {abs(one.earlier_s):.3g} s {'earlier' if one.earlier_s > 0 else 'later'}"
    return f"{would_be} instead of {was}"


def device_change(one: DeviceDifference) -> str:
    """What is different about a device's credential."""
    if (
        one.was
        and one.would_be
        and (one.was.action, one.was.state) == (one.would_be.action, one.would_be.state)
    ):
        apart = (one.was.time - one.would_be.time).total_seconds()
        return f"{_act(one.would_be)} {abs(apart):.3g} s {'earlier' if apart > 0 else 'later'}"
    return f"{_act(one.would_be)} instead of {_act(one.was)}"


def alert_change(one: AlertDifference) -> str:
    """What is different about an alert."""
    was, would_be = one.was, one.would_be
    if was is None or would_be is None:
        return one.change
    apart = (was.raised - would_be.raised).total_seconds()
    parts = [
        f"{abs(apart):.3g} s {'earlier' if apart > 0 else 'later'}" if apart else "",
        f"{would_be.severity} instead of {was.severity}" if was.severity != would_be.severity else "",
        f"{would_be.kind} instead of {was.kind}" if was.kind != would_be.kind else "",
    ]
    return ", ".join(part for part in parts if part)


def at(time: datetime) -> str:
    """A time as RFC 3339 to the second."""
    return rfc3339(time)[:19] + "Z"


def _scored(alerts: Sequence[AlertDifference]) -> str:
    if not any(one.change != "changed" for one in alerts):
        return ""
    parts = []
    for change, true, false in SCORES:
        judged = Counter(one.score for one in alerts if one.change == change)
        named = [
            f"{judged[true]} that analysts judged true" if judged[true] else "",
            f"{judged[false]} judged false or benign" if judged[false] else "",
            f"{judged['unknown']} nobody judged" if judged["unknown"] else "",
        ]
        if judged:
            parts.append(f"{change}: {', '.join(name for name in named if name)}")
    return f" Of the alerts {'; '.join(parts)}."


def _is_cut(side: DecisionSide | None) -> bool:
    return side is not None and side.state == "decided" and side.action in CUT


def _act(side: DecisionSide | None) -> str:
    if side is None:
        return "nothing"
    return f"{side.action} (proposed)" if side.state == "proposed" else side.action


def _named(devices: list[str]) -> str:
    return (
        devices[0]
        if len(devices) == 1
        else f"{len(devices)} devices ({', '.join(devices[:3])}{', …' if len(devices) > 3 else ''})"
    )

"""What a flow may teach others, by what the traffic detector makes of it: as in `traffic.joint`."""

from __future__ import annotations

from detectors.traffic.joint import ALARM, HARMLESS
from detectors.traffic.trust import EXTREME, GATE


def trust_of(score: float, p_value: float) -> float:
    """0 to 1: what is rare, or as risky as an alarm, teaches nothing."""
    usual = min(max((p_value - EXTREME) / (GATE - EXTREME), 0.0), 1.0) ** 2
    return usual * min(max((ALARM - score) / (ALARM - HARMLESS), 0.0), 1.0)

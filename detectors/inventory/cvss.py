"""The base score of a CVSS 3.0 or 3.1 vector. Source: FIRST, CVSS v3.1 specification, sections 7.1 and 7.4 and appendix A.

Version 2 and 4 vectors have no score here: 2 is retired and 4's is looked up in a table of 270 entries.
"""

from __future__ import annotations

import math

from schemas.inventory import Severity

WEIGHTS: dict[str, dict[str, float]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "S": {"U": 0.0, "C": 1.0},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
CHANGED_PR = {"N": 0.85, "L": 0.68, "H": 0.5}


def base_score(vector: str) -> float | None:
    """0.0 to 10.0 with one decimal; None for what is not a complete 3.0 or 3.1 base vector."""
    head, *rest = vector.strip().split("/")
    if head not in ("CVSS:3.0", "CVSS:3.1"):
        return None
    given = dict(part.partition(":")[::2] for part in rest)
    if any(given.get(name) not in values for name, values in WEIGHTS.items()):
        return None
    weight = {name: values[given[name]] for name, values in WEIGHTS.items()}
    changed = given["S"] == "C"
    if changed:
        weight["PR"] = CHANGED_PR[given["PR"]]
    return _score(weight, changed)


def severity_of(score: float) -> Severity:
    """The qualitative rating of a score (section 5 of the specification)."""
    limits: tuple[tuple[float, Severity], ...] = (
        (9.0, "critical"),
        (7.0, "high"),
        (4.0, "medium"),
        (0.1, "low"),
    )
    return next((name for limit, name in limits if score >= limit), "none")


def _score(weight: dict[str, float], changed: bool) -> float:
    lost = 1 - (1 - weight["C"]) * (1 - weight["I"]) * (1 - weight["A"])
    impact = 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15 if changed else 6.42 * lost
    if impact <= 0:
        return 0.0
    exploitability = 8.22 * weight["AV"] * weight["AC"] * weight["PR"] * weight["UI"]
    return _rounded_up(min((1.08 if changed else 1.0) * (impact + exploitability), 10.0))


def _rounded_up(value: float) -> float:
    # Appendix A: up to one decimal, on integers, so that floating point does not turn 4.0 into 4.1.
    whole = round(value * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10

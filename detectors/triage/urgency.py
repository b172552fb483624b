"""How urgent findings are and which belong together: data, so that a person can read and change it."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.detection import Severity

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
BASE_RISK: dict[Severity, int] = {"low": 20, "medium": 45, "high": 70, "critical": 90}
RISK_PER_FURTHER_KIND = 4
# Of several findings in one alert the first of these gives it its kind and title: the one that asks for the strongest answer.
HEADLINES = (
    "rule.credential_cloned",
    "rule.account_takeover",
    "rule.attestation_failed",
    "rule.",
    "flow.unusual.",
    "flow.changed.",
    "cohort.outlier.",
    "baseline.",
    "silence.",
    "clock.",
    "cohort.pattern",
    "cohort.shift.",
    "cohort.",
    "flow.shift",
)
# What ends a silence or a wrong clock: it belongs to the alert that this opened and never makes one.
ENDINGS = ("silence.returned", "silence.filled", "silence.restored", "silence.refilled", "clock.right")
SILENT = "silence.silent"
# What lasts until a finding says that it is over, and asks nothing of a credential: one alert until a person closes it, however far apart
# its findings; the newest says how it stands.
LASTING = ("silence.", "clock.")
# What somebody who took a device over would change; everything else a device measures is about its own condition.
ACTIVITY = ("tx_", "rx_", "cpu_", "memory_")


def family(kind: str) -> str:
    """Findings of one family on one device are one story: `compromise` (rules, flows, traffic, load), `condition` (what its sensors say),
    `silence` (that it says nothing) or `clock` (that it says wrong times).
    """
    if kind.startswith(LASTING):
        return kind.partition(".")[0]
    if kind.startswith(("cohort.pattern", "cohort.shift.", "cohort.poisoned", "flow.shift")):
        return "condition"
    if not kind.startswith(("baseline.", "cohort.")):
        return "compromise"
    metric = kind.removeprefix("baseline.").removeprefix("drift.").removeprefix("cohort.outlier.")
    return "compromise" if metric.startswith(ACTIVITY) else "condition"


def headline_rank(kind: str) -> int:
    """0 for the kind that most deserves to name the alert, more for the others."""
    return next((rank for rank, prefix in enumerate(HEADLINES) if kind.startswith(prefix)), len(HEADLINES))


def worst(severities: Iterable[Severity]) -> Severity:
    """The most severe of at least one."""
    return max(severities, key=SEVERITIES.index)


def risk(severity: Severity, kinds: int, shift: int = 0) -> int:
    """0-100 from the worst severity and how many kinds of finding agree: independent signs make each other more likely.

    `shift` is what verdicts on findings like the newest one add or take away.
    """
    return min(100, max(0, BASE_RISK[severity] + RISK_PER_FURTHER_KIND * (kinds - 1) + shift))

"""What a cohort finding says to a person: subject, number, what is usual, peers."""

from __future__ import annotations

from typing import Any, NamedTuple

from detectors.baseline.sentence import number, span, split_unit
from detectors.cohorts.row import DIVERGED, OUTLIER, PATTERN, T2
from schemas.detection import Severity


class Group(NamedTuple):
    """Whom a finding is about: the device and what its cohort has in common."""

    device: str
    model: str
    site: str
    firmware: str

    @property
    def name(self) -> str:
        """The cohort in words: pump, berlin, 4.2.0."""
        return ", ".join(part for part in (self.model, self.site, self.firmware) if part) or "unnamed"


class Told(NamedTuple):
    """A finding's words."""

    kind: str
    severity: Severity
    title: str
    explanation: str
    summary: str


def low(found: Any) -> float:
    """The lower end of where the device usually is beside its peers."""
    return float(found["centre"] + found["place"] - 3 * found["own"])


def high(found: Any) -> float:
    """The upper end of it."""
    return float(found["centre"] + found["place"] + 3 * found["own"])


def describe(found: Any, metrics: list[str], group: Group, time_us: int) -> Told:
    """A finding in words; `metrics` are the names by column."""
    lasted = span((time_us - found["since_us"]) / 1e6)
    kind = int(found["kind"])
    if kind == OUTLIER:
        return _outlier(found, metrics[int(found["metric"])], group, lasted)
    if kind == PATTERN:
        return _pattern(found, metrics, group, lasted)
    if kind == DIVERGED:
        return _diverged(found, group, lasted)
    return _shift(found, metrics[int(found["metric"])], group, lasted)


def _outlier(found: Any, metric: str, group: Group, lasted: str) -> Told:
    name, unit = split_unit(metric)
    peers = max(round(float(found["peers"])) - 1, 1)
    width = 2 * float(found["apart"])
    theirs = f"{number(found['centre'] - width)} to {number(found['centre'] + width)}{unit}"
    beside = f"{number(low(found))} to {number(high(found))}{unit}"
    way = "above" if found["z"] > 0 else "below"
    others = round(float(found["outside"])) - 1
    calm = "none of them has left its place" if others <= 0 else f"{others} of them left their place as well"
    return Told(
        kind=f"cohort.outlier.{metric}",
        severity="high" if abs(found["z"]) >= 2 * abs(found["bound"]) else "medium",
        title=f"{name} of {group.device} is {way} its peers",
        explanation=f"{group.device}'s {name} is {number(found['actual'])}{unit} and has been {way} its place among its peers for {lasted};"
        f" beside them it usually is {beside} at this time; its {peers} peer{'' if peers == 1 else 's'} ({group.name})"
        f" {'is' if peers == 1 else 'are'} at {theirs} and {calm}.",
        summary=f"{name} {number(found['actual'])}{unit}, beside its peers {number(found['centre'] + found['place'])}{unit}",
    )


def _pattern(found: Any, metrics: list[str], group: Group, lasted: str) -> Told:
    names = [
        split_unit(metrics[int(found[place])])[0]
        for place in ("first", "second", "third")
        if found[place] >= 0
    ]
    parts = ", ".join(names) or "its metrics"
    how = (
        "move together further than its peers' ever did"
        if int(found["metric"]) == T2
        else "do not go together as they do at its peers"
    )
    peers = max(round(float(found["peers"])) - 1, 1)
    return Told(
        kind="cohort.pattern",
        severity="medium",
        title=f"Metrics of {group.device} no longer go together as usual",
        explanation=f"{group.device}'s metrics {how}, for {lasted}, most of all {parts};"
        f" the deviation is {abs(found['z'] / found['bound']):.1f} times the largest that its {peers} peers ({group.name}) show;"
        " none of these metrics alone is far from its place.",
        summary=f"pattern of {parts}",
    )


def _shift(found: Any, metric: str, group: Group, lasted: str) -> Told:
    name, unit = split_unit(metric)
    way = "up" if found["z"] > 0 else "down"
    devices = max(round(float(found["peers"])), 1)
    return Told(
        kind=f"cohort.shift.{metric}",
        severity="medium",
        title=f"{name} of a whole cohort moved {way} ({group.name})",
        explanation=f"The {devices} devices like {group.device} ({group.name}) moved {way} together:"
        f" {name} is {number(found['actual'])}{unit} on average, {number(found['centre'])}{unit} in the hours before;"
        f" it never moved that far within hours on any day before. The cause is more likely outside of the devices.",
        summary=f"{name} of the cohort {number(found['actual'])}{unit}, before {number(found['centre'])}{unit}",
    )


def _diverged(found: Any, group: Group, lasted: str) -> Told:
    devices = max(round(float(found["peers"])), 1)
    return Told(
        kind="cohort.poisoned",
        severity="medium",
        title=f"What is usual has slowly changed ({group.name})",
        explanation=f"What the model of the {devices} devices like {group.device} ({group.name}) has learned in {lasted} is"
        f" {number(found['actual'])} times as unusual as its reference allows for; it usually stays below {number(found['bound'])} times."
        " Slow learning of what is not normal looks like this; nothing was blocked. Look at what changed, or learn it again from the log.",
        summary=f"the model is {number(found['actual'])} times as unusual as its reference",
    )

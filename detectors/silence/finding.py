"""What silence has to say: about a device or about a group of them, and in words."""

from __future__ import annotations

from typing import Literal, NamedTuple

from detectors.silence.reasons import Why

Kind = Literal["silent", "returned", "filled", "outage", "restored", "refilled"]
# By the numbers of the kernel.
RETURNS: tuple[Kind, ...] = ("silent", "returned", "filled", "restored", "refilled")


class Finding(NamedTuple):
    """One finding; times are event times in microseconds since 1970.

    `silent`, `returned` and `filled` are about the device `slot`; `outage`, `restored` and `refilled` about the group `place`,
    for which one of its devices stands (`slot`, the same for all of one outage; -1 where it was forgotten).
    `filled` and `refilled` take an earlier finding back: the reports of that time came late. `since_us` is the last report before the
    silence, of a group the latest of its devices'. `why` has the numbers of what began, None for what ended.
    `number` of `of` devices are overdue (or back); `missing` of `seen` are those of an outage with what was told of it before. `members`
    are an outage's devices, by slot.
    """

    kind: Kind
    slot: int
    place: int
    time_us: int
    since_us: int
    number: int = 1
    of: int = 1
    why: Why | None = None
    members: tuple[int, ...] = ()
    missing: int = 0
    seen: int = 0


def sentence(found: Finding, name: str) -> str:
    """A finding for a person; `name` is the device's or the group's."""
    lasted = span((found.time_us - found.since_us) / 1e6)
    many = f"{found.number:,} of {found.of:,} devices"
    match found.kind:
        case "silent":
            usual = span(found.why.gap.usual_s) if found.why else "usual"
            return f"{name} has been silent for {lasted}; it was never quiet for longer than {usual} when it was well."
        case "returned":
            return f"{name} is back after {lasted} of silence."
        case "filled":
            return f"{name} was not silent: its reports of that time came late."
        case "outage":
            return f"{name}: {many} that should have reported fell silent together, {lasted} ago."
        case "restored":
            return f"{name} is back after {lasted}: {many} report again."
        case "refilled":
            return f"{name} was not cut off: the reports of that time came late, of {many} so far."


def span(seconds: float) -> str:
    """A duration in words: 40 s, 12 min, 3 h, 4 days."""
    for most, unit_s, unit in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < most:
            return f"{seconds / unit_s:.0f} {unit}"
    return f"{seconds / 86_400:.0f} days"

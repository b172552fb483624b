"""Upcasters: how data of a retired version of an event type is read as the next version.

The log keeps every version for ever; the code keeps only the newest struct of a type. When a change is not compatible (see
`schemas.compatibility`), the type gets a new version and its module, beside the struct, an upcaster from the old one:

    def _with_unit(data: Fields) -> Fields:
        return {**data, "unit": "celsius"}

    UPCASTERS = (Upcaster("probe.read.v1", "probe.read.v2", _with_unit),)

The registry follows a chain of any length (v1 -> v2 -> v3), so each upcaster knows only two neighbours. Nothing on the log is rewritten.
Who reads the stored JSON without the registry (ClickHouse views, Flink SQL) sees the version that was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from schemas.errors import Fatal, Rejected

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upcaster:
    """One step: `change` takes the JSON object of `old` and returns that of `new`. It is pure and may not change its argument."""

    old: str
    new: str
    change: Callable[[Fields], Fields]


def stem_and_version(type_name: str) -> tuple[str, int]:
    """`("alert.opened", 1)` of `alert.opened.v1`; Fatal where a type name does not end in a version."""
    stem, found, version = type_name.rpartition(".v")
    if not (stem and found and version.isdecimal()):
        raise Fatal(f"{type_name!r} is no event type: it must end in a version such as .v1")
    return stem, int(version)


def chains(upcasters: Iterable[Upcaster], current: Iterable[str]) -> dict[str, tuple[Upcaster, ...]]:
    """For each retired type the steps that lead to a current one, in order; Fatal names an upcaster that leads nowhere."""
    steps = {step.old: step for step in upcasters}
    known = set(current)
    for step in steps.values():
        _check(step, known)
    return {old: tuple(_follow(old, steps, known)) for old in steps}


def _check(step: Upcaster, known: set[str]) -> None:
    (old_stem, old_version), (new_stem, new_version) = stem_and_version(step.old), stem_and_version(step.new)
    if step.old in known:
        raise Fatal(f"{step.old} is a current event type and has an upcaster; it can't be both")
    if (new_stem, new_version) != (old_stem, old_version + 1):
        raise Fatal(f"the upcaster of {step.old} leads to {step.new}, not to {old_stem}.v{old_version + 1}")


def _follow(old: str, steps: dict[str, Upcaster], known: set[str]) -> Iterable[Upcaster]:
    # Versions only rise, so this ends.
    while old not in known:
        if old not in steps:
            raise Fatal(f"{old} is neither a current event type nor has it an upcaster")
        yield steps[old]
        old = steps[old].new


def upcast(data: object, chain: Iterable[Upcaster]) -> Fields:
    """The JSON object after every step of a chain; Rejected where it does not have what a step needs, or is no object."""
    if not isinstance(data, dict):
        raise Rejected("bad_data", "data", "must be an object")
    for step in chain:
        try:
            data = step.change(data)
        except (LookupError, TypeError, ValueError, AttributeError):
            raise Rejected("bad_data", "data", f"is not the data of a {step.old}") from None
    return data

"""The ledger of a run, message by message: is everything the edge acknowledged stored or dead-lettered, once, with the right reason?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from infra.simulator.observed import Observed
from schemas.ids import derive, digest
from schemas.security import SECURITY_EVENTS

Row = dict[str, Any]


@dataclass(slots=True)
class Audit:
    """The counts over one journal, and what became of each hostile message; `lost` names the first few that were lost.

    `received` is what the edge acknowledged (and what it kept though the acknowledgement got lost), `duplicates` the repeats among it.
    """

    received: int = 0
    duplicates: int = 0
    stored: int = 0
    dead_lettered: int = 0
    lost: int = 0
    visible_duplicates: int = 0
    unacknowledged: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    hostile: Counter[str] = field(default_factory=Counter)

    @property
    def accepted(self) -> int:
        """What the edge took responsibility for: everything received but repeats."""
        return self.received - self.duplicates

    @property
    def ok(self) -> bool:
        """Whether nothing was lost, nothing is there twice, and the sum is right."""
        balanced = self.accepted == self.stored + self.dead_lettered
        return balanced and not self.lost and not self.visible_duplicates and self.accepted > 0

    def ledger(self) -> dict[str, Any]:
        """The part of the summary."""
        counts = (
            "received",
            "duplicates",
            "accepted",
            "stored",
            "dead_lettered",
            "lost",
            "visible_duplicates",
        )
        return {
            **{name: getattr(self, name) for name in (*counts, "unacknowledged")},
            "channels": dict(self.channels),
            "ok": self.ok,
        }


def audit(journal: pa.Table, observed: Observed) -> Audit:
    """Compare a journal with the store. A message that was never acknowledged counts only if it arrived all the same."""
    result = Audit(visible_duplicates=observed.visible_duplicates)
    buried = _Buried(observed)
    for row in journal.to_pylist():
        found = _found(row, observed, buried)
        if row["label"]:
            _judge(row, found, buried, result)
        if row["becomes"] == "nothing":
            continue
        if not row["acknowledged"] and (not found or row["repeat"]):
            result.unacknowledged += 1
            continue
        _count(row, found, result)
    return result


def _count(row: Row, found: bool, result: Audit) -> None:
    result.received += 1
    result.channels[row["channel"]] += 1
    if row["repeat"]:
        result.duplicates += 1
    elif not found:
        result.lost += 1
        if len(result.missing) < 5:
            result.missing.append(f"{row['tenant']}/{row['device']} {row['event']} over {row['channel']}")
    elif row["becomes"] == "dead_letter":
        result.dead_lettered += 1
    else:
        result.stored += 1


def _found(row: Row, observed: Observed, buried: _Buried) -> bool:
    if row["becomes"] == "dead_letter":
        return bool(buried.codes(row["event"]))
    if row["becomes"] == "event":
        return (SECURITY_EVENTS, event_id(row)) in observed.events
    return telemetry_id(row) in observed.telemetry


def _judge(row: Row, found: bool, buried: _Buried, result: Audit) -> None:
    """Did a hostile message become what it must?"""
    name = f"{row['label']} over {row['channel']}"
    if not row["acknowledged"]:
        result.problems.append(f"{name} was never acknowledged")
    elif row["becomes"] == "nothing" and found:
        result.problems.append(f"{name} got in")
    elif row["becomes"] == "telemetry" and not found:
        result.problems.append(f"{name} is not stored")
    elif row["becomes"] == "dead_letter" and buried.codes(row["event"]) != [row["code"]]:
        got = ", ".join(buried.codes(row["event"])) or "nothing"
        result.problems.append(f"{name} became {got} and not one dead letter {row['code']}")
    else:
        result.hostile["kept once" if row["becomes"] == "telemetry" else row["becomes"]] += 1


class _Buried:
    """Finds the dead letters that contain a message's id."""

    def __init__(self, observed: Observed) -> None:
        self._letters = [(_text(row["raw"]), row["code"]) for row in observed.dead_letters]

    def codes(self, event: str) -> list[str]:
        return [code for raw, code in self._letters if event in raw]


def _text(raw: str | bytes) -> str:
    return raw if isinstance(raw, str) else raw.decode(errors="replace")


def telemetry_id(row: Row) -> str:
    """The event id the edge gives a report that carries an id of its own, in hex."""
    return digest("telemetry", row["tenant"], row["device"], row["event"]).hex()


def event_id(row: Row) -> str:
    """The event id the edge gives a device's security event."""
    return derive("event", row["tenant"], f"device/{row['tenant']}:{row['device']}", row["event"])

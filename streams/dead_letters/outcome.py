"""What a settlement did, or would do: which letters, which can't, and what was asked for and isn't open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import Rejected
from schemas.event import Envelope
from streams.dead_letters.letter import Letter
from streams.dead_letters.queue import Found
from streams.dead_letters.repair import Repair, repaired
from streams.dead_letters.settler import Reinjection
from streams.dead_letters.shown import safe

MOST_DONE = 15
MOST_REFUSED = 5


@dataclass(slots=True)
class Outcome:
    """`verb` is what happens to the `letters`; `done` are the events written, none where nothing was to be applied."""

    verb: str
    found: Found
    letters: Sequence[Letter]
    applied: bool
    done: Sequence[Envelope] = ()
    refused: Sequence[tuple[Letter, Rejected]] = ()
    stopped: bool = False
    missing: list[str] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether everything asked for was, or would be, done."""
        return not self.refused and not self.missing

    @property
    def left(self) -> int:
        """How many letters match that were not looked at."""
        return self.found.matching - len(self.letters) - len(self.refused)

    def document(self) -> dict[str, Any]:
        """As a JSON object."""
        records = self._records()
        return {
            "applied": self.applied,
            "matching": self.found.matching,
            "letters": [
                {"id": one.id, "record": record} for one, record in zip(self.letters, records, strict=True)
            ],
            "refused": [
                {"id": one.id, "code": error.code, "field": error.field, "reason": error.reason}
                for one, error in self.refused
            ],
            "stopped": self.stopped,
            "missing": self.missing,
        }

    def told(self) -> str:
        """For people, in less than 30 lines."""
        what = self.verb if self.applied else f"would be {self.verb}"
        lines = [
            f"{one.id} {what}{f' as {record}' if record else ''}"
            for one, record in list(zip(self.letters, self._records(), strict=True))[:MOST_DONE]
        ]
        lines += [f"... and {len(self.letters) - MOST_DONE} more"] if len(self.letters) > MOST_DONE else []
        lines += [f"{one.id} cannot be {self.verb}: {error}" for one, error in self.refused[:MOST_REFUSED]]
        lines += [f"{start}: no open letter has this id; it may be settled" for start in self.missing[:5]]
        return "\n".join(safe(line) for line in [*lines, self._summary(what)])

    def _records(self) -> list[str]:
        return [getattr(event.data, "record", "") for event in self.done] or [""] * len(self.letters)

    def _summary(self, what: str) -> str:
        parts = [f"{len(self.letters)} {what}"]
        if self.refused:
            stop = ", stopped there: --keep-going leaves such letters out" if self.stopped else ""
            parts.append(f"{len(self.refused)} cannot be{stop}")
        if self.left > 0:
            parts.append(f"{self.left} more match")
        if not self.applied and self.letters:
            parts.append("--apply does it")
        return "; ".join(parts)


def plan(
    letters: Sequence[Letter], repair: Repair, *, keep_going: bool
) -> tuple[list[Reinjection], list[tuple[Letter, Rejected]]]:
    """What can go back, up to the first that can't (all others too with `keep_going`), and what can't."""
    good: list[Reinjection] = []
    refused: list[tuple[Letter, Rejected]] = []
    for one in letters:
        try:
            good.append(Reinjection(one, repaired(one.letter, repair), repair.changed))
        except Rejected as error:
            refused.append((one, error))
            if not keep_going:
                break
    return good, refused


def missing(ids: Sequence[str], found: Found) -> list[str]:
    """The ids asked for that no letter found begins with; none are named where there are more letters than were looked at."""
    if found.left:
        return []
    return [start for start in ids if not any(one.id.startswith(start) for one in found.letters)]

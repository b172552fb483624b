"""How far a roll-back is: what detection has answered of it, and what is still waited for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from schemas.event import rfc3339
from schemas.roll_back import FlowsRolledBack, ModelsRolledBack, RollBack

LEARNED: dict[str, type[ModelsRolledBack | FlowsRolledBack]] = {
    "reports": ModelsRolledBack,
    "flows": FlowsRolledBack,
}
NOUNS = {"reports": "reports", "flows": "network flows"}


class Progress:
    """A roll-back that was asked for in these partitions, for reports and for flows of each."""

    def __init__(self, asked: RollBack, partitions: Sequence[int]) -> None:
        self._asked, self._partitions = asked, list(partitions)
        self._answers: dict[tuple[int, str], ModelsRolledBack | FlowsRolledBack] = {}

    def take(self, answer: ModelsRolledBack | FlowsRolledBack) -> str:
        """A line for a person; '' for an answer that was taken before: after a crash detection may tell it twice."""
        learned = next(name for name, kind in LEARNED.items() if isinstance(answer, kind))
        if (answer.partition, learned) in self._answers:
            return ""
        self._answers[answer.partition, learned] = answer
        took = f" in {answer.took_s:g} s" if answer.took_s is not None else ""
        told = f"{answer.unlearned:,} {NOUNS[learned]} forgotten, {_again(answer):,} learned again{took}"
        return f"partition {answer.partition}: {told}"

    @property
    def waits(self) -> list[int]:
        """The partitions of which an answer is missing; empty once all is done."""
        return [one for one in self._partitions if any((one, name) not in self._answers for name in LEARNED)]

    @property
    def document(self) -> dict[str, Any]:
        """All of it as plain values, with the names that `/v1/roll-backs` uses; figures are null while they are not known."""
        plain = msgspec.structs.asdict(self._asked)
        times = {name: rfc3339(plain[name]) for name in ("since", "until")}
        rows = [self._row(number, learned) for number in self._partitions for learned in LEARNED]
        state = "asked" if self.waits else "done"
        return {**plain, **times, "partitions": self._partitions, "state": state, "roll_backs": rows}

    def _row(self, partition: int, learned: str) -> dict[str, Any]:
        answer = self._answers.get((partition, learned))
        return {
            "partition": partition,
            "learned": learned,
            "state": "done" if answer else "asked",
            "reports": _again(answer) if answer else None,
            "unlearned": answer.unlearned if answer else None,
            "models_before": answer.models_before if answer else "",
            "models_after": answer.models_after if answer else "",
            "took_s": answer.took_s if answer else None,
        }


def _again(answer: ModelsRolledBack | FlowsRolledBack) -> int:
    return answer.reports if isinstance(answer, ModelsRolledBack) else answer.flows

"""What was known of a moment and what is now known of it, side by side, with what differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.as_of.ask import Ask
from schemas.as_of.moment import Moment
from schemas.as_of.question import Question
from schemas.as_of.subject import Answer

# What comes and goes as a whole: one line each.
TOGETHER = frozenset({"alerts", "sessions", "steps", "decisions", "evidence", "rollouts", "not_fine"})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in both answers: its path, what was known and what is known now (None where there is no such thing)."""

    path: tuple[str, ...]
    then: Any
    now: Any

    @property
    def differs(self) -> bool:
        """Whether the answers are not the same."""
        return bool(self.then != self.now)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers to a question about one event time: with what was known at `moment.known`, and at `asked_time`.

    `gaps` says what the store can't know of the past; empty where it is whole.
    """

    question: Question
    moment: Moment
    asked_time: datetime
    then: Answer
    now: Answer
    gaps: tuple[str, ...] = ()

    @property
    def lines(self) -> list[Line]:
        """Both answers, thing by thing, in the order of the newer one."""
        return list(_lines((), self.then, self.now))

    @property
    def differences(self) -> list[Line]:
        """The lines that differ."""
        return [line for line in self.lines if line.differs]

    def plain(self) -> dict[str, Any]:
        """The comparison as JSON values; times stay datetimes."""
        return {
            "kind": self.question.kind,
            "tenants": list(self.question.tenants),
            "name": self.question.name,
            "at": self.moment.at,
            "known": self.moment.known,
            "asked_time": self.asked_time,
            "moment": self.moment.said,
            "then": self.then,
            "now": self.now,
            "differences": [
                {"path": ".".join(line.path), "then": line.then, "now": line.now} for line in self.differences
            ],
            "gaps": list(self.gaps),
        }


def compared(ask: Ask, question: Question, moment: Moment, now: datetime) -> Comparison:
    """Ask twice; raises what `ask` raises."""
    then = question.answer(ask, moment)
    known_now = question.answer(ask, moment.seen_from(now))
    return Comparison(question, moment, now, then, known_now, _gaps(ask, question))


def _gaps(ask: Ask, question: Question) -> tuple[str, ...]:
    """What was stored before the store kept both times and has not been rebuilt since."""
    found = ask(
        "SELECT * FROM history(tenants = {tenants:Array(String)})", {"tenants": list(question.tenants)}
    )
    gaps = []
    for what in ("telemetry", "event"):
        first, known = found[0][f"first_{what}"], found[0][f"first_known_{what}"]
        if first is not None and (known is None or first < known):
            kind = "telemetry" if what == "telemetry" else "events"
            gaps.append(
                f"The store has {kind} from before it kept both times; make rebuild fills them in from the log."
            )
    return tuple(gaps)


def _lines(path: tuple[str, ...], then: Any, now: Any) -> Iterator[Line]:
    inside = [value for value in (then, now) if isinstance(value, dict)]
    whole = len(path) > 1 and path[-2] in TOGETHER
    if not inside or whole:
        if path:
            yield Line(path, then, now)
        return
    old, new = (value if isinstance(value, dict) else {} for value in (then, now))
    for name in dict.fromkeys((*new, *old)):
        yield from _lines((*path, name), old.get(name), new.get(name))

"""Settling a selection of letters: looked up, planned and, where asked for, done. What the command line and the API share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from schemas.errors import Rejected
from streams.dead_letters.letter import Selection
from streams.dead_letters.outcome import Outcome, missing, plan
from streams.dead_letters.queue import find
from streams.dead_letters.repair import Repair
from streams.dead_letters.settler import Settler
from streams.sealing.unsealer import Unsealer


@dataclass(frozen=True, slots=True)
class Request:
    """Which open letters (at most `limit`, the oldest), who asks and why, and whether it is done or only said what would be.

    What nothing narrows must say `everything`.
    """

    selection: Selection
    actor: str
    comment: str = ""
    limit: int = 100
    everything: bool = False
    apply: bool = False


def settle(
    bootstrap: str,
    asked: Request,
    unsealer: Unsealer,
    repair: Repair | None = None,
    *,
    keep_going: bool = False,
    now: Callable[[], datetime],
) -> Outcome:
    """Put the letters back with this repair (which may change nothing), or drop them where it is None; each once.

    Rejected where the selection is too wide or a replacement is meant for several, Retryable where Kafka doesn't answer, Fatal where
    somebody else settles letters at the same time.
    """
    if not asked.selection.narrow and not asked.everything:
        raise Rejected("bad_selection", "", "nothing selects letters; give ids or options, or --all")
    # The right to settle comes first: nobody else changes then what is read next.
    settler = Settler(bootstrap, asked.actor, asked.comment, now) if asked.apply else None
    found = find(bootstrap, asked.selection, asked.limit, unsealer)
    absent = missing(asked.selection.ids, found)
    if repair is None:
        done = settler.drop(found.letters) if settler else []
        return Outcome("dropped", found, found.letters, asked.apply, done, missing=absent)
    if repair.replacement is not None and found.matching != 1:
        raise Rejected("bad_selection", "--with", f"is for one letter; {found.matching} match")
    good, refused = plan(found.letters, repair, keep_going=keep_going)
    done = settler.reinject(good) if settler else []
    letters = [one.letter for one in good]
    stopped = bool(refused) and not keep_going
    return Outcome("put back", found, letters, asked.apply, done, refused, stopped, absent)

"""The dead letters with what became of them: the topic `dead-letters` folded with `dead-letter-actions`."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from schemas import dead_letter, dead_letter_action
from schemas.dead_letter_action import DeadLetterReinjected
from schemas.errors import Fatal, Rejected
from schemas.event import Envelope
from streams.dead_letters.letter import Letter, Selection, read, settled_letter, source_record
from streams.log.reader import records
from streams.log.record import Record
from streams.sealing.unsealer import Unsealer


@dataclass(slots=True)
class Found:
    """The oldest letters of a selection, oldest first, and how many there are of it in all."""

    letters: list[Letter] = field(default_factory=list)
    matching: int = 0

    @property
    def left(self) -> int:
        """How many match beyond those here."""
        return self.matching - len(self.letters)

    def named(self, start: str) -> Letter | None:
        """The letter with this id, or the only one whose id begins so."""
        exact = [one for one in self.letters if one.id == start]
        return exact[0] if exact else self.letters[0] if self.matching == 1 else None


def find(bootstrap: str, selection: Selection, limit: int, unsealer: Unsealer) -> Found:
    """At most `limit` letters of the selection as the log stands now, opened where they can be; Retryable where Kafka doesn't answer.

    Reads both topics from the beginning (twice where something was re-injected) and holds ids and at most `limit` letters in memory.
    """
    actions = settlements(_records(bootstrap, dead_letter_action.TOPIC))
    put_back = {
        event.data.record: letter
        for letter, event in actions.items()
        if isinstance(event.data, DeadLetterReinjected)
    }
    again = refused_again(_records(bootstrap, dead_letter.TOPIC), put_back) if put_back else {}
    found = fold(_records(bootstrap, dead_letter.TOPIC), actions, again, selection, limit)
    found.letters = [replace(one, letter=unsealer.letter(one.letter)) for one in found.letters]
    return found


def settlements(actions: Iterable[Record]) -> dict[str, Envelope]:
    """The first action on each letter, by the letter's id; Fatal where one can't be read, for then nobody knows what is settled."""
    found: dict[str, Envelope] = {}
    for record in actions:
        try:
            envelope = record.envelope()
        except Rejected as error:
            raise Fatal(f"{record.origin} cannot be read: {error}") from None
        if letter := settled_letter(envelope):
            found.setdefault(letter, envelope)
    return found


def refused_again(letters: Iterable[Record], put_back: dict[str, str]) -> dict[str, str]:
    """For each letter whose re-injected record was refused, the id of the (first) letter that says so."""
    found: dict[str, str] = {}
    for record in letters:
        letter = read(record)
        before = put_back.get(source_record(letter.origin))
        if before is not None:
            found.setdefault(before, letter.id)
    return found


def fold(
    letters: Iterable[Record],
    actions: dict[str, Envelope],
    again: dict[str, str],
    selection: Selection,
    limit: int,
) -> Found:
    """Each letter once, also where the log has it twice."""
    found = Found()
    matching = _matching(letters, actions, again, selection, found)
    found.letters = heapq.nsmallest(limit, matching, key=lambda one: (one.letter.time, one.id))
    return found


def _matching(
    letters: Iterable[Record],
    actions: dict[str, Envelope],
    again: dict[str, str],
    selection: Selection,
    found: Found,
) -> Iterator[Letter]:
    seen: set[str] = set()
    for record in letters:
        letter = read(record)
        one = Letter(letter, record.origin, actions.get(letter.id), again.get(letter.id, ""))
        if letter.id not in seen and selection.takes(one):
            found.matching += 1
            yield one
        seen.add(letter.id)


def _records(bootstrap: str, topic: str) -> Iterator[Record]:
    return (Record.of_confluent(message) for message in records(bootstrap, topic))

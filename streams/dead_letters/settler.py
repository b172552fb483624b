"""Settling dead letters as the only one: what goes back and the event that says so are one Kafka transaction.

So after a crash either both are there or neither, and of two operators at once the second stops the first (its transactional id is taken
over) before it reads what is settled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from confluent_kafka import Message

from schemas.dead_letter_action import DeadLetterDropped, DeadLetterReinjected, DeadLetterSettled
from schemas.event import SYSTEM, Envelope
from schemas.ids import derive
from schemas.pki import NAME
from streams.dead_letters.letter import Letter
from streams.log.transaction import SoleWriter

PROCESS = "dead_letters"
RAW = "telemetry.raw"
TOGETHER = 200
Item = TypeVar("Item")


class Reinjection(NamedTuple):
    """A letter, the bytes to put back and the paths that were changed in them."""

    letter: Letter
    raw: bytes
    changed: tuple[str, ...] = ()


class Settler:
    """Owns the right to settle from the moment it is made; whoever had it before can write no more.

    Make it *before* reading which letters are open. Raises Retryable where Kafka does not answer, Fatal where another took over;
    what was not yet returned from is then undone.
    """

    def __init__(self, bootstrap: str, actor: str, comment: str, now: Callable[[], datetime]) -> None:
        self._actor, self._comment, self._now = actor, comment, now
        self._writer = SoleWriter(bootstrap, PROCESS, "settles dead letters")

    def reinject(self, wanted: Sequence[Reinjection]) -> list[Envelope]:
        """Put these back; returns the events written, in this order, once they are committed."""
        return [event for some in _together(wanted) for event in self._reinject(some)]

    def drop(self, letters: Sequence[Letter]) -> list[Envelope]:
        """Mark these as settled; returns the events written, in this order, once they are committed."""
        return [event for some in _together(letters) for event in self._drop(some)]

    def _reinject(self, wanted: Sequence[Reinjection]) -> list[Envelope]:
        places: list[str] = [""] * len(wanted)
        with self._writer.transaction():
            for number, one in enumerate(wanted):
                self._writer.append_raw(RAW, one.raw, _note(places, number))
            self._writer.flush()
            return self._append(
                self._event(
                    one.letter,
                    DeadLetterReinjected(
                        letter=one.letter.id,
                        actor=self._actor,
                        comment=self._comment,
                        record=place,
                        changed=one.changed,
                    ),
                )
                for one, place in zip(wanted, places, strict=True)
            )

    def _drop(self, letters: Sequence[Letter]) -> list[Envelope]:
        with self._writer.transaction():
            return self._append(
                self._event(one, DeadLetterDropped(letter=one.id, actor=self._actor, comment=self._comment))
                for one in letters
            )

    def _append(self, events: Iterable[Envelope]) -> list[Envelope]:
        written = list(events)
        for event in written:
            self._writer.append(event)
        return written

    def _event(self, one: Letter, data: DeadLetterSettled) -> Envelope:
        tenant = one.letter.tenant
        return Envelope(
            id=derive("settlement", one.id),
            type=data.TYPE,
            source="dead-letters",
            subject=one.id,
            tenant=tenant if NAME.fullmatch(tenant) else SYSTEM,
            time=self._now(),
            data=data,
            cause=one.origin,
        )


def _note(places: list[str], number: int) -> Callable[[object, Message], None]:
    def delivered(error: object, message: Message) -> None:
        # Where it failed the transaction can't be committed, which says so.
        if error is None:
            places[number] = f"{RAW}/{message.partition()}/{message.offset()}"

    return delivered


def _together(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER)]

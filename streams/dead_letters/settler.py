"""Settling dead letters as the only one: what goes back and the event that says so are one Kafka transaction.

So after a crash either both are there or neither, and of two operators at once the second stops the first (its transactional id is taken
over) before it reads what is settled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple, TypeVar

from confluent_kafka import KafkaException, Message, Producer

from schemas.dead_letter_action import DeadLetterDropped, DeadLetterReinjected, DeadLetterSettled
from schemas.errors import Fatal, Retryable
from schemas.event import SYSTEM, Envelope, encode, to_headers
from schemas.ids import derive
from schemas.pki import NAME
from schemas.topics import TOPICS
from streams.dead_letters.letter import Letter
from streams.log.partition import partition_of

PROCESS = "dead_letters"
RAW = "telemetry.raw"
OPERATION_S = 30.0
ATTEMPTS = 10
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
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "client.id": "vedette-dead-letters",
                "transactional.id": "vedette-dead-letters",
                "transaction.timeout.ms": 60_000,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "message.max.bytes": 17_000_000,
                "linger.ms": 5,
                "log_level": 2,
            }
        )
        with _told():
            _retry(lambda: self._producer.init_transactions(OPERATION_S))

    def reinject(self, wanted: Sequence[Reinjection]) -> list[Envelope]:
        """Put these back; returns the events written, in this order, once they are committed."""
        with _told():
            return [event for some in _together(wanted) for event in self._reinject(some)]

    def drop(self, letters: Sequence[Letter]) -> list[Envelope]:
        """Mark these as settled; returns the events written, in this order, once they are committed."""
        with _told():
            return [event for some in _together(letters) for event in self._drop(some)]

    def _reinject(self, wanted: Sequence[Reinjection]) -> list[Envelope]:
        self._producer.begin_transaction()
        places: list[str] = [""] * len(wanted)
        for number, one in enumerate(wanted):
            self._producer.produce(RAW, one.raw, on_delivery=_note(places, number))
        self._flush()
        events = [
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
        ]
        return self._commit(events)

    def _drop(self, letters: Sequence[Letter]) -> list[Envelope]:
        self._producer.begin_transaction()
        return self._commit(
            [
                self._event(one, DeadLetterDropped(letter=one.id, actor=self._actor, comment=self._comment))
                for one in letters
            ]
        )

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

    def _commit(self, events: list[Envelope]) -> list[Envelope]:
        for event in events:
            topic = TOPICS[type(event.data).TOPIC]
            self._producer.produce(
                topic.name,
                encode(event),
                event.key,
                headers=to_headers(event),
                partition=partition_of(event.key, topic.partitions),
            )
        _retry(lambda: self._producer.commit_transaction(OPERATION_S))
        return events

    def _flush(self) -> None:
        if self._producer.flush(OPERATION_S):
            raise Retryable(f"Kafka did not take what goes back within {OPERATION_S:g} s; nothing of it was")


def _retry(operation: Callable[[], object]) -> None:
    """Kafka's transactional calls may be repeated while their error says so."""
    for attempt in range(ATTEMPTS):
        try:
            operation()
            return
        except KafkaException as error:
            if not error.args[0].retriable() or attempt + 1 == ATTEMPTS:
                raise
            time.sleep(0.1)


@contextmanager
def _told() -> Iterator[None]:
    """Kafka's errors told apart: somebody took over, or it may work later."""
    try:
        yield
    except KafkaException as error:
        problem = error.args[0]
        if problem.fatal():
            raise Fatal(f"somebody else settles dead letters now: {problem.str()}") from None
        raise Retryable(f"Kafka did not take it: {problem.str()}") from None


def _note(places: list[str], number: int) -> Callable[[object, Message], None]:
    def delivered(error: object, message: Message) -> None:
        # Where it failed the transaction can't be committed, which says so.
        if error is None:
            places[number] = f"{RAW}/{message.partition()}/{message.offset()}"

    return delivered


def _together(items: Sequence[Item]) -> list[Sequence[Item]]:
    return [items[start : start + TOGETHER] for start in range(0, len(items), TOGETHER)]

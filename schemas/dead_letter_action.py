"""What a person did with a dead letter, topic `dead-letter-actions`. A letter is settled once: both types share one id space."""

from __future__ import annotations

from typing import ClassVar

from schemas.event import Event

TOPIC = "dead-letter-actions"


class DeadLetterSettled(Event, frozen=True, kw_only=True):
    """Base of everything on `dead-letter-actions`: `letter` is the dead letter's id, `actor` who did it, `comment` why.

    The subject is the letter. The tenant is the one the edge knew it to be from, else `system`.
    """

    TOPIC: ClassVar[str] = TOPIC
    letter: str
    actor: str
    comment: str = ""


class DeadLetterReinjected(DeadLetterSettled, frozen=True, kw_only=True):
    """The bytes, repaired where `changed` names paths, were put back as the record `record` (`telemetry.raw/partition/offset`).

    That says nothing about whether they were accepted then: a letter with this origin says that they were not.
    """

    TYPE: ClassVar[str] = "dead_letter.reinjected.v1"
    record: str
    changed: tuple[str, ...] = ()


class DeadLetterDropped(DeadLetterSettled, frozen=True, kw_only=True):
    """The letter needs nothing further; its bytes stay on the log."""

    TYPE: ClassVar[str] = "dead_letter.dropped.v1"

"""One record as a worker sees it, whichever client read it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.registry import decode

PLACE = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Record:
    """Raw bytes and where they lie in the log; `value` is None for a tombstone."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def origin(self) -> str:
        """`topic/partition/offset`, the form of `ce_cause`."""
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def of_faust(cls, message: Any) -> Record:
        """From a Faust message, whose headers are a list or a mapping."""
        headers = message.headers or ()
        pairs = headers.items() if hasattr(headers, "items") else headers
        return cls(message.topic, message.partition, message.offset, message.value, tuple(pairs))

    @classmethod
    def of_confluent(cls, message: Any) -> Record:
        """From a confluent-kafka message."""
        headers = tuple(message.headers() or ())
        return cls(message.topic(), message.partition(), message.offset(), message.value(), headers)

    def envelope(self) -> Envelope:
        """The event in the record; Rejected where it is none."""
        if self.value is None:
            raise Rejected("empty", "", "has no value")
        return decode(self.headers, self.value)


def parse_origin(origin: str) -> tuple[str, int, int] | None:
    """Topic, partition and offset from `topic/partition/offset`, None for any other text."""
    topic, _, rest = origin.partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic and PLACE.fullmatch(partition) and PLACE.fullmatch(offset)):
        return None
    return topic, int(partition), int(offset)

"""What deriving one output again showed, and how two events are compared. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from schemas.errors import Rejected
from schemas.event import DERIVED, Envelope, encode, rfc3339
from streams.log.record import Record

ATTRIBUTES = ("id", "type", "source", "subject", "tenant", "cause")
# Outputs of before these were written say nothing here, and then there is nothing to compare.
OPTIONAL = tuple(name for name in DERIVED if name != "cause")


@dataclass(frozen=True, slots=True)
class Finding:
    """`differences` is empty where the log gives exactly this output, else one sentence each; `untold` says why nobody can tell."""

    id: str
    type: str
    origin: str
    cause: str
    differences: tuple[str, ...] = ()
    untold: str = ""
    tenant: str = ""
    subject: str = ""

    @property
    def outcome(self) -> Literal["equal", "differs", "cannot tell"]:
        """What came of it, in words."""
        if self.differences:
            return "differs"
        return "cannot tell" if self.untold else "equal"

    @property
    def equal(self) -> bool:
        """Whether the log gives exactly this output."""
        return self.outcome == "equal"


def found(record: Record, envelope: Envelope, differences: tuple[str, ...] = (), untold: str = "") -> Finding:
    """The finding about one output record."""
    return Finding(
        envelope.id,
        envelope.type,
        record.origin,
        envelope.cause,
        differences,
        untold,
        envelope.tenant,
        envelope.subject,
    )


def unreadable(record: Record, error: Rejected) -> Finding:
    """The finding about an output record that is none."""
    return Finding("", "", record.origin, "", (f"it cannot be read: {error}",))


def differences(right: Envelope, there: Envelope, record: Record, whose: str = "derived") -> Iterator[str]:
    """One sentence for each attribute and each field of the data that is not the same; the data as it is on the log, unknown fields too.

    `right` is what must be there, `whose` says where it comes from.
    """
    names = [*ATTRIBUTES, *(name for name in OPTIONAL if getattr(there, name))]
    pairs = [(name, getattr(right, name), getattr(there, name)) for name in names]
    pairs.append(("time", rfc3339(right.time), rfc3339(there.time)))
    wanted: dict[str, Any] = msgspec.json.decode(encode(right))
    on_log: dict[str, Any] = msgspec.json.decode(record.value or b"{}")
    for name in dict.fromkeys([*wanted, *on_log]):
        pairs.append((f"data.{name}", wanted.get(name), on_log.get(name)))
    for name, one, other in pairs:
        if one != other:
            yield f"{name}: {whose} {_short(one)}, on the log {_short(other)}"


def _short(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]}..."

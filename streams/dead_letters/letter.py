"""A dead letter as it lies on the log, and what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from schemas.dead_letter import SEALED, DeadLetter
from schemas.dead_letter_action import DeadLetterReinjected, DeadLetterSettled
from schemas.errors import Rejected
from schemas.event import Envelope, parse_time
from streams.log.record import Record

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LINE = re.compile(r"#\d+\Z")
STATES = ("open", "reinjected", "refused-again", "dropped")


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter, where its record lies, and the action that settled it.

    `again` is the id of the letter its re-injected bytes became, empty where they became none.
    """

    letter: DeadLetter
    origin: str
    settled: Envelope | None = None
    again: str = ""

    @property
    def id(self) -> str:
        """The letter's id."""
        return self.letter.id

    @property
    def state(self) -> str:
        """One of `STATES`."""
        if self.settled is None:
            return "open"
        if isinstance(self.settled.data, DeadLetterReinjected):
            return "refused-again" if self.again else "reinjected"
        return "dropped"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which letters are meant; an empty field means any. `ids` may be beginnings; `since` is included, `until` is not.

    `tenant` is the one the edge knew, which is empty for what came over `telemetry.raw`.
    """

    ids: tuple[str, ...] = ()
    codes: frozenset[str] = frozenset()
    processes: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()
    devices: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    states: frozenset[str] = field(default=frozenset({"open"}))

    @property
    def narrow(self) -> bool:
        """Whether anything but the state narrows it."""
        sets = (self.ids, self.codes, self.processes, self.fields, self.tenants, self.devices)
        return any(sets) or self.since is not None or self.until is not None

    def takes(self, found: Letter) -> bool:
        """Whether this letter is meant."""
        letter = found.letter
        wanted = (
            (self.codes, letter.code),
            (self.processes, letter.process),
            (self.fields, letter.field),
            (self.tenants, letter.tenant),
            (self.devices, letter.device),
            (self.states, found.state),
        )
        if any(allowed and value not in allowed for allowed, value in wanted):
            return False
        if self.ids and not any(letter.id.startswith(start) for start in self.ids):
            return False
        return (self.since is None or letter.time >= self.since) and (
            self.until is None or letter.time < self.until
        )


def read(record: Record) -> DeadLetter:
    """The letter in a record of `dead-letters`.

    Never refuses, opens nothing: what the headers don't say is empty, and the id then is where the record lies (as the archive has it).
    """
    said = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    names = ("code", "field", "reason", "origin", "process", "tenant", "device")
    raw = record.value or b""
    return DeadLetter(
        id=said.get("id") or record.origin,
        raw=raw,
        size_bytes=_size(said.get("size_bytes", ""), len(raw)),
        sealed=said.get("sealed") == SEALED,
        time=_time(said.get("time", "")),
        **{name: said.get(name, "") for name in names},
    )


def _size(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else default


def source_record(origin: str) -> str:
    """`topic/partition/offset` of the record an origin names: a line of it has its number behind a `#`."""
    return LINE.sub("", origin)


def settled_letter(envelope: Envelope) -> str:
    """The id of the letter an action settled; empty for any other event."""
    return envelope.data.letter if isinstance(envelope.data, DeadLetterSettled) else ""


def _time(text: str) -> datetime:
    try:
        return parse_time(text)
    except Rejected:
        return EPOCH

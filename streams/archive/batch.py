"""One cut of the log as tables ready to insert, with the dead letters and the ledger's account of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas import dead_letter, telemetry
from schemas.dead_letter import DeadLetter
from schemas.errors import Rejected
from schemas.topics import TOPICS
from streams.archive.buffer import Partition, Range, Record, token
from streams.archive.event_rows import DEAD_LETTERS, EVENTS, dead_letter_row, event_row
from streams.archive.roll_back_rows import ROLL_BACKS, TABLE, asks, roll_back_rows
from streams.archive.telemetry_rows import rows_of

GATE = "gate-verdicts"
SPLIT_ROWS = 20_000
NOT_ARCHIVED = ("telemetry.raw", "detection-snapshots", "proof-leaves")
ARCHIVED = tuple(name for name in TOPICS if name not in NOT_ARCHIVED)

LEDGER = pa.schema(
    [
        ("topic", pa.string()),
        ("kafka_partition", pa.uint16()),
        ("first_offset", pa.uint64()),
        ("last_offset", pa.uint64()),
        ("records", pa.uint64()),
        ("events", pa.uint64()),
        ("rejected", pa.uint64()),
        ("newest_time", pa.timestamp("us", "UTC")),
        ("archived_time", pa.timestamp("us", "UTC")),
    ]
)


@dataclass(frozen=True, slots=True)
class Insert:
    """Rows for one table and the token that names them."""

    table: str
    rows: pa.Table
    token: str


@dataclass(frozen=True, slots=True)
class Batch:
    """`inserts` in the order to make them, then `ledger`, which makes the batch count as stored; `letters` come before both."""

    ranges: tuple[Range, ...]
    inserts: tuple[Insert, ...]
    ledger: Insert
    letters: tuple[DeadLetter, ...]


def ranges_of(cut: dict[Partition, list[Record]]) -> tuple[Range, ...]:
    """The offset ranges of a cut."""
    return tuple(
        Range(t, p, records[0].offset, records[-1].offset) for (t, p), records in cut.items() if records
    )


def batch_of(cut: dict[Partition, list[Record]], now: datetime) -> Batch:
    """The batch of a cut. The same cut always gives the same rows and tokens; only `archived_time` is `now`."""
    stretches = [_Stretch(records) for records in cut.values() if records]
    for stretch in stretches:
        stretch.read(now)
    ranges = ranges_of(cut)
    ledger = pa.Table.from_pylist([s.account(now) for s in stretches], schema=LEDGER)
    return Batch(
        ranges=ranges,
        inserts=tuple(_inserts(stretches)),
        ledger=Insert("ledger_ranges", ledger, token(ranges)),
        letters=tuple(letter for s in stretches for letter in s.letters),
    )


def _inserts(stretches: list[_Stretch]) -> list[Insert]:
    tables: dict[str, list[tuple[Range, pa.Table]]] = {}
    for stretch in stretches:
        for table, rows in ((stretch.table, stretch.rows()), (TABLE, stretch.asked())):
            if rows.num_rows:
                tables.setdefault(table, []).append((stretch.range, rows))
    return [_insert(table, share) for table, parts in tables.items() for share in _shares(parts)]


def _insert(table: str, parts: list[tuple[Range, pa.Table]]) -> Insert:
    rows = pa.concat_tables([rows for _, rows in parts]).unify_dictionaries()
    return Insert(table, rows, token(r for r, _ in parts))


def _shares(parts: list[tuple[Range, pa.Table]]) -> list[list[tuple[Range, pa.Table]]]:
    """One insert, or two of about the same size by partition where there are many rows: the store takes both at the same time."""
    if sum(rows.num_rows for _, rows in parts) < SPLIT_ROWS:
        return [parts]
    shares = [[one for one in parts if one[0].partition % 2 == share] for share in (0, 1)]
    return [share for share in shares if share]


class _Stretch:
    """The records of one partition on their way to being rows."""

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.topic = records[0].topic
        self.range = Range(self.topic, records[0].partition, records[0].offset, records[-1].offset)
        self.table = {telemetry.TOPIC: "telemetry", dead_letter.TOPIC: "dead_letters"}.get(
            self.topic, "events"
        )
        self.letters: list[DeadLetter] = []
        self._tables: list[pa.Table] = []
        self._made: pa.Table | None = None
        self._rows: list[dict[str, Any]] = []
        self._asked: list[dict[str, Any]] = []
        self._rejected = 0

    def read(self, now: datetime) -> None:
        for record in self.records:
            try:
                self._read(record, now)
            except Rejected as error:
                self.letters.append(_letter(record, error, now))
                self._rejected += _events_in(record)

    def rows(self) -> pa.Table:
        if self._made is None:
            self._made = self._make()
        return self._made

    def asked(self) -> pa.Table:
        """The roll-backs asked for; no part of the account."""
        return pa.Table.from_pylist(self._asked, schema=ROLL_BACKS)

    def _make(self) -> pa.Table:
        if self.table == "telemetry":
            return pa.concat_tables(self._tables) if self._tables else pa.table({})
        return pa.Table.from_pylist(self._rows, schema=EVENTS if self.table == "events" else DEAD_LETTERS)

    def account(self, now: datetime) -> dict[str, Any]:
        rows = self.rows()
        times = rows["event_time" if self.table == "telemetry" else "time"] if rows.num_rows else None
        return {
            "topic": self.topic,
            "kafka_partition": self.range.partition,
            "first_offset": self.range.first,
            "last_offset": self.range.last,
            "records": len(self.records),
            "events": rows.num_rows + self._rejected,
            "rejected": self._rejected,
            "newest_time": pc.max(times).as_py() if times is not None else None,
            "archived_time": now,
        }

    def _read(self, record: Record, now: datetime) -> None:
        if self.table == "telemetry":
            self._tables.append(rows_of(record))
        elif self.table == "dead_letters":
            self._rows.append(dead_letter_row(record, now))
        elif asks(record):
            self._asked += roll_back_rows(record, now)
        elif not self._is_withdrawn(record):
            self._rows.append(event_row(record, now))

    def _is_withdrawn(self, record: Record) -> bool:
        """A tombstone among the verdicts says that Flink withdrew one: the log keeps the verdict and so does the store."""
        return self.topic == GATE and record.value is None


def _letter(record: Record, error: Rejected, now: datetime) -> DeadLetter:
    return dead_letter.bury(record.value or b"", error, origin=record.origin, process="archive", time=now)


def _events_in(record: Record) -> int:
    """How many events a record that can't be decoded held, as its writer said."""
    said = dict(record.headers).get("rows", b"1")
    return int(said) if said.isdigit() and len(said) < 10 else 1

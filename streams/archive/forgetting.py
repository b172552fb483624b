"""What the log says must not be kept: tokens of destroyed keys, refused input of erased subjects, what is past its retention. Pure.

The archive applies it to every batch and to what it stored before, so a rebuild, which meets the same events, ends with the same rows
although the log's own records keep their (dead) tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from schemas import registry
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.personal import ERASED
from schemas.privacy import PRIVACY, RetentionApplied, SubjectKeyDestroyed
from schemas.retention import RETENTION
from streams.archive.batch import Batch, Insert
from streams.archive.buffer import Partition, Record

TABLES = {one.name: one.table for one in RETENTION if one.table}
TEXTS = {"events": "data", "roll_backs_asked": "data", "dead_letters": "raw"}


@dataclass(slots=True)
class Forgetting:
    """Keys that are destroyed, subjects with the moment up to which what they sent and was refused goes, and for each table the cutoff
    of its retention."""

    keys: set[str] = field(default_factory=set)
    subjects: dict[tuple[str, str], datetime] = field(default_factory=dict)
    cutoffs: dict[str, datetime] = field(default_factory=dict)

    @classmethod
    def told(cls, events: Iterable[Envelope]) -> Forgetting:
        """What these events say."""
        made = cls()
        for event in events:
            match event.data:
                case SubjectKeyDestroyed(keys=keys, destroyed_time=time):
                    made.keys.update(keys)
                    whose = (event.tenant, event.subject)
                    made.subjects[whose] = max(time, made.subjects.get(whose, time))
                case RetentionApplied(classes=classes):
                    for one in classes:
                        if table := TABLES.get(one.name):
                            made.cutoffs[table] = max(one.cutoff, made.cutoffs.get(table, one.cutoff))
        return made

    @classmethod
    def found_in(cls, cut: Mapping[Partition, Iterable[Record]]) -> Forgetting:
        """What the records of a cut say."""
        return cls.told(
            event
            for (topic, _), records in cut.items()
            if topic == PRIVACY
            for record in records
            if (event := _decoded(record)) is not None
        )

    def __bool__(self) -> bool:
        return bool(self.keys or self.subjects or self.cutoffs)

    def __or__(self, other: Forgetting) -> Forgetting:
        """Both together."""
        return Forgetting(
            self.keys | other.keys,
            {
                w: max(filter(None, (self.subjects.get(w), other.subjects.get(w))))
                for w in {*self.subjects, *other.subjects}
            },
            {
                t: max(filter(None, (self.cutoffs.get(t), other.cutoffs.get(t))))
                for t in {*self.cutoffs, *other.cutoffs}
            },
        )

    def applied(self, batch: Batch) -> Batch:
        """The batch with `[erased]` where it must say so; it has the same rows and tokens. Retention is not applied here: views are
        fed by what is stored first and deleted then."""
        if not self.keys and not self.subjects:
            return batch
        return replace(batch, inserts=tuple(self._insert(insert) for insert in batch.inserts))

    def too_old(self, batch: Batch) -> dict[str, datetime]:
        """The tables, with their cutoffs, that this batch brings rows to which retention has already removed."""
        return {
            insert.table: cutoff
            for insert in batch.inserts
            if (cutoff := self.cutoffs.get(insert.table)) is not None
            and insert.rows.num_rows
            and pc.min(insert.rows["recorded_time"]).as_py() < cutoff
        }

    def text(self, value: bytes) -> bytes:
        """A text with the tokens of destroyed keys replaced."""
        return self._pattern.sub(ERASED.encode(), value) if self.keys and b"sealed.v1." in value else value

    def _insert(self, insert: Insert) -> Insert:
        name = TEXTS.get(insert.table)
        if name is None:
            return insert
        values = [self.text(value) for value in insert.rows[name].to_pylist()]
        if insert.table == "dead_letters":
            values = [
                ERASED.encode() if self._is_refused(row) else v
                for row, v in zip(self._whose(insert), values, strict=True)
            ]
        place = insert.rows.schema.get_field_index(name)
        column = pa.array(values, insert.rows.schema.field(name).type)
        return replace(insert, rows=insert.rows.set_column(place, insert.rows.schema.field(name), column))

    def _whose(self, insert: Insert) -> list[tuple[str, str, datetime]]:
        columns = (insert.rows[name].to_pylist() for name in ("tenant", "device", "time"))
        return list(zip(*columns, strict=True))

    def _is_refused(self, row: tuple[str, str, datetime]) -> bool:
        tenant, device, time = row
        erased = self.subjects.get((tenant, device))
        return erased is not None and time <= erased

    @property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(pattern_of(self.keys).encode())


def pattern_of(keys: Iterable[str]) -> str:
    """A regular expression, the same for Python and RE2, of the tokens of these keys."""
    return rf"sealed\.v1\.({'|'.join(sorted(keys))})\.[A-Za-z0-9_-]+"


def _decoded(record: Record) -> Envelope | None:
    try:
        return registry.decode(record.headers, record.value or b"")
    except Rejected:
        return None

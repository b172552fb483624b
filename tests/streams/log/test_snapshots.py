"""Which snapshot counts: the last one that is whole, whatever else lies in the topic."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.log import snapshots
from streams.log.record import Record
from streams.log.snapshots import Snapshot, last_complete
from streams.log.writer import LogWriter


class Chunks:
    """Stands in for the log writer and keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.keys: list[bytes] = []

    def append_raw(self, topic: str, value: bytes, *, key: bytes, headers: Any, partition: int) -> None:
        self.keys.append(key)
        self.records.append(Record(topic, partition, len(self.records), value, tuple(headers)))


def chunks(snapshot: Snapshot) -> Chunks:
    kept = Chunks()
    snapshots.write(cast(LogWriter, kept), 3, snapshot)
    return kept


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "CHUNK_BYTES", 4)


OLD = Snapshot({"telemetry": 5}, b"0123456789", 6)
NEW = Snapshot({"telemetry": 9, "security-events": 2}, b"abcdefghijkl", 7)


def test_generations_take_turns_so_that_compaction_spares_the_last_whole_one() -> None:
    assert chunks(OLD).keys == [b"3/0/0", b"3/0/1", b"3/0/2"]
    assert not set(chunks(OLD).keys) & set(chunks(NEW).keys)


@pytest.mark.parametrize("written", range(4))
def test_a_torn_snapshot_does_not_count(written: int) -> None:
    records = chunks(OLD).records + chunks(NEW).records[:written]
    assert last_complete(records) == (NEW if written == 3 else OLD)


def test_an_empty_state_is_a_snapshot_too() -> None:
    empty = Snapshot({}, b"", 0)
    assert last_complete(chunks(empty).records) == empty


def test_bytes_that_are_not_what_was_written_do_not_count() -> None:
    records = chunks(OLD).records
    damaged = [Record(r.topic, r.partition, r.offset, (r.value or b"")[::-1], r.headers) for r in records]
    foreign = [Record("detection-snapshots", 3, 0, b"x", ()), Record("detection-snapshots", 3, 0, None, ())]
    assert last_complete([*records, *foreign, *damaged]) == OLD


@given(st.permutations(range(6)))
def test_two_workers_writing_at_once_never_make_a_wrong_snapshot(order: list[int]) -> None:
    both = chunks(OLD).records + chunks(NEW).records

    def kept_in_order(places: Iterable[int]) -> list[Record]:
        first, second = iter(both[:3]), iter(both[3:])
        return [next(first) if place < 3 else next(second) for place in places]

    assert last_complete(kept_in_order(order)) in (None, OLD, NEW)

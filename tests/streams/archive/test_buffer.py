"""The buffer cuts everything it has, or exactly what was promised before a crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.archive import buffer
from streams.archive.buffer import Buffer, Partition, Range, Record, token
from tests.streams.archive.sample import EPOCH

TOPICS = ("alerts", "telemetry")


def record(topic: str, partition: int, offset: int, value: bytes | None = b"x") -> Record:
    return Record(topic, partition, offset, (), value, EPOCH)


def offsets(batch: dict[Partition, list[Record]]) -> dict[Partition, list[int]]:
    return {partition: [r.offset for r in records] for partition, records in batch.items()}


def complete(waiting: Buffer) -> bool:
    return waiting.complete


def full(waiting: Buffer) -> bool:
    return waiting.full


logs = st.dictionaries(
    st.tuples(st.sampled_from(TOPICS), st.integers(0, 2)),
    st.lists(st.integers(0, 50), unique=True, min_size=1, max_size=12).map(sorted),
    min_size=1,
)


@given(logs, st.data())
def test_a_crashed_batch_is_cut_again_exactly_and_the_rest_follows_in_order(
    log: dict[Partition, list[int]], data: st.DataObject
) -> None:
    promised = {p: data.draw(st.sampled_from(found)) for p, found in log.items() if data.draw(st.booleans())}
    waiting = Buffer()
    waiting.restart(promised)
    order = data.draw(st.permutations([p for p, found in log.items() for _ in found]))
    left = {partition: list(found) for partition, found in log.items()}
    for partition in order:
        waiting.add(record(*partition, left[partition].pop(0)))
    assert waiting.complete
    first, second = waiting.take(), waiting.take()
    if promised:
        assert offsets(first) == {p: [o for o in log[p] if o <= last] for p, last in promised.items()}
    merged = {p: offsets(first).get(p, []) + offsets(second).get(p, []) for p in log}
    assert merged == log
    assert waiting.empty


def test_it_waits_for_all_that_was_promised() -> None:
    waiting = Buffer()
    waiting.restart({("alerts", 0): 7, ("telemetry", 1): 3})
    waiting.add(record("alerts", 0, 9))
    assert complete(waiting) is False
    waiting.add(record("telemetry", 1, 3))
    assert complete(waiting)
    assert offsets(waiting.take()) == {("alerts", 0): [], ("telemetry", 1): [3]}
    assert offsets(waiting.take()) == {("alerts", 0): [9]}


def test_it_is_full_by_bytes_and_by_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffer, "MAX_BYTES", 10)
    monkeypatch.setattr(buffer, "MAX_RECORDS", 3)
    waiting = Buffer()
    waiting.add(record("alerts", 0, 0, b"123456789"))
    assert full(waiting) is False
    waiting.add(record("alerts", 0, 1, b"1"))
    assert full(waiting)
    waiting.take()
    assert full(waiting) is False
    for offset in range(3):
        waiting.add(record("alerts", 0, 2 + offset, None))
    assert full(waiting)


def test_restarting_forgets_what_was_read() -> None:
    waiting = Buffer()
    waiting.add(record("alerts", 0, 1))
    waiting.restart({})
    assert waiting.empty
    assert waiting.take() == {}


ranges = st.builds(Range, st.sampled_from(TOPICS), st.integers(0, 3), st.integers(0, 9), st.integers(0, 9))


@given(st.lists(ranges, min_size=1, max_size=6), st.lists(ranges, min_size=1, max_size=6))
def test_a_token_names_its_ranges_in_any_order_and_no_others(one: list[Range], other: list[Range]) -> None:
    assert token(reversed(one)) == token(one)
    assert (token(one) == token(other)) == (sorted(one) == sorted(other))

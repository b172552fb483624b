"""Every record once and in order, on a real log."""

from __future__ import annotations

import pytest

from streams.log.order import FETCH, Order
from streams.log.reader import end_offsets
from streams.log.record import Record
from streams.log.writer import LogWriter

TOPIC, PARTITION = "telemetry.raw", 1


def record(offset: int) -> Record:
    return Record(TOPIC, PARTITION, offset, b"", ())


async def test_what_was_taken_is_a_repeat_and_nothing_is_missing_before_the_first() -> None:
    order = Order("127.0.0.1:1")
    assert [one async for one in order.missing(record(40))] == []
    assert not order.is_repeat(record(40))
    order.take(record(40))
    assert order.is_repeat(record(40))
    assert not order.is_repeat(record(41))
    assert [one async for one in order.missing(record(41))] == []
    order.forget()
    assert not order.is_repeat(record(40))


@pytest.mark.kafka
async def test_what_was_skipped_is_fetched_from_the_log(kafka_bootstrap: str) -> None:
    start = end_offsets(kafka_bootstrap, TOPIC)[PARTITION]
    writer = LogWriter(kafka_bootstrap, "order")
    wanted = [str(number).encode() for number in range(FETCH + 20)]
    for value in [*wanted, b"last", b"later"]:
        writer.append_raw(TOPIC, value, partition=PARTITION)
    writer.flush()
    order = Order(kafka_bootstrap)
    order.expect(TOPIC, PARTITION, start)
    found = [one async for one in order.missing(record(start + len(wanted)))]
    assert [one.value for one in found] == wanted
    assert [one.offset for one in found] == list(range(start, start + len(wanted)))

"""Being the only writer: whoever is pushed aside learns why, whichever call it is in, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, Message

from schemas import registry
from schemas.errors import Fatal
from streams.log.reader import end_offsets, records
from streams.log.transaction import SoleWriter
from tests.streams.log.test_writer import event
from tests.streams.worker import wait_for

pytestmark = pytest.mark.kafka
ACTIONS = "analyst-actions"


def writer(bootstrap: str, process: str = "control") -> SoleWriter:
    return SoleWriter(bootstrap, process, "settles it")


def written(bootstrap: str, start: dict[int, int]) -> list[str]:
    """Ids of what is committed and ours."""
    found = [m for m in records(bootstrap, ACTIONS, start=start) if m.key().startswith(b"writer/")]
    return [registry.decode(m.headers(), m.value()).id for m in found]


def test_a_transaction_is_there_as_a_whole_or_not_at_all(kafka_bootstrap: str) -> None:
    start = end_offsets(kafka_bootstrap, ACTIONS)
    sole = writer(kafka_bootstrap)
    with pytest.raises(ZeroDivisionError), sole.transaction():
        sole.append(event(1))
        sole.flush()
        _ = 1 / 0
    with sole.transaction():
        sole.append(event(2))
        sole.append(event(3))
    assert sorted(written(kafka_bootstrap, start)) == ["writer-2", "writer-3"]


def test_what_goes_in_as_it_is_says_where_it_is(kafka_bootstrap: str) -> None:
    places: list[int | None] = []

    def note(error: KafkaError | None, message: Message) -> None:
        places.append(None if error else message.offset())

    sole = writer(kafka_bootstrap)
    with sole.transaction():
        sole.append_raw("telemetry.raw", b"one", note)
        sole.flush()
        assert places and places[0] is not None


def appending(sole: SoleWriter) -> None:
    def was_taken() -> bool:
        sole.append(event(5))
        return False

    wait_for(was_taken, "being told when appending")


def flushing(sole: SoleWriter) -> None:
    sole.append(event(5))
    sole.flush()


@pytest.mark.parametrize(
    "next_call", [appending, flushing, lambda _: None], ids=["append", "flush", "commit"]
)
def test_pushed_aside_within_a_transaction_it_says_so(
    kafka_bootstrap: str, next_call: Callable[[SoleWriter], None]
) -> None:
    start = end_offsets(kafka_bootstrap, ACTIONS)
    first = writer(kafka_bootstrap)
    with pytest.raises(Fatal, match="another process settles it now"), first.transaction():
        first.append(event(4))
        first.flush()
        second = writer(kafka_bootstrap)
        next_call(first)
    with second.transaction():
        second.append(event(6))
    assert written(kafka_bootstrap, start) == ["writer-6"]


def test_pushed_aside_between_transactions_it_says_so(kafka_bootstrap: str) -> None:
    first = writer(kafka_bootstrap)
    writer(kafka_bootstrap)
    for _ in range(2):
        with pytest.raises(Fatal, match="another process settles it now"), first.transaction():
            first.append(event(7))


def test_who_may_not_write_there_does_not(kafka_bootstrap: str) -> None:
    sole = writer(kafka_bootstrap, "enforcement")
    with pytest.raises(Fatal, match="enforcement may not write to analyst-actions"), sole.transaction():
        sole.append(event(8))

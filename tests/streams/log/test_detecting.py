"""What a roll-back on the log does to a partition's state: once for each id, and told with what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa

from detectors import snapshot
from detectors.snapshot import models_hash
from detectors.state import State, observe_event
from schemas import telemetry
from schemas.roll_back import ModelsRolledBack, RollBack, batch_of
from schemas.security import AuthenticationFailed
from streams.log.detecting import taken
from streams.log.record import Record
from streams.log.stretch import Read
from tests.detectors.fleet import fleet_batch, moment
from tests.streams.archive.sample import envelope

DEVICES = ["device-1", "device-2"]


def asked(name: str, begin: int, end: int) -> RollBack:
    return RollBack(
        id=name, tenant="acme", device=DEVICES[0], since=moment(begin), until=moment(end), actor="ann", reason="why"
    )  # fmt: skip


def log(*written: pa.RecordBatch | RollBack) -> list[Record]:
    batches = [batch_of(one) if isinstance(one, RollBack) else one for one in written]
    encoded = [telemetry.encode(one) for one in batches]
    return [
        Record(telemetry.TOPIC, 0, n, value, tuple(headers)) for n, (headers, value) in enumerate(encoded)
    ]


def reports(steps: range) -> list[pa.RecordBatch]:
    return [fleet_batch("acme", DEVICES, step) for step in steps]


def reading(records: Sequence[Record]) -> Read:
    def read(_topic: str, _partition: int, start: int, end: int) -> Iterator[Record]:
        yield from records[start:end]

    return read


def folded(records: Sequence[Record]) -> tuple[State, list[ModelsRolledBack]]:
    state, told = State(), []
    for record in records:
        done = taken(state, record, reading(records))
        state = done.state
        told += [done.rolled_back] if isinstance(done.rolled_back, ModelsRolledBack) else []
    return state, told


def test_an_id_is_taken_once_and_what_came_between_stays_learned() -> None:
    once, twice = asked("a", 5, 15), asked("a", 5, 15)
    # Between the two come reports that the first could not name, and the second would.
    late = reports(range(12, 14))
    records = log(*reports(range(12)), once, *late, *reports(range(14, 30)))
    again = log(*reports(range(12)), once, *late, twice, *reports(range(14, 30)))
    (state, told), (same, told_again) = folded(records), folded(again)
    assert snapshot.encode(state) == snapshot.encode(same)
    assert told == told_again
    assert told[0].unlearned == 7
    _, other = folded(log(*reports(range(12)), once, *late, asked("b", 5, 15)))
    assert [one.unlearned for one in other] == [7, 2]


def test_it_is_told_what_the_models_were_and_are() -> None:
    records = log(*reports(range(20)), asked("a", 5, 15), asked("nothing", 900, 901))
    before, _ = folded(records[:20])
    after, (changed, unchanged) = folded(records)
    assert (changed.models_before, changed.models_after) == (models_hash(before), models_hash(after))
    assert changed.models_before != changed.models_after
    assert unchanged.models_before == unchanged.models_after == changed.models_after


def test_what_events_taught_is_not_in_the_hash() -> None:
    state, _ = folded(log(*reports(range(20))))
    before = models_hash(state)
    observe_event(
        state,
        envelope("acme", DEVICES[0], 1, AuthenticationFailed(account="root", address="192.0.2.1")),
        "security-events/0/0",
    )
    assert models_hash(state) == before

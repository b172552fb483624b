"""State as the fold of outputs: which inputs are done, repeats, and holes."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from schemas.action import AlertAcknowledge
from schemas.errors import Fatal
from schemas.event import Envelope, encode, to_headers
from streams.log.fold import fold
from streams.log.record import Record


class Count:
    """A decider that counts what it decided."""

    def initial(self) -> int:
        return 0

    def decide(self, state: int, event: Envelope) -> Envelope | None:
        return msgspec.structs.replace(event, id=f"{event.id}!")

    def evolve(self, state: int, output: Envelope) -> int:
        return state + 1


def output(offset: int, name: str, cause: str) -> Record:
    data = AlertAcknowledge(actor="ana", alert="alert-1")
    envelope = Envelope(
        id=name,
        type=data.TYPE,
        source="test",
        subject="cam-1",
        tenant="acme",
        time=datetime(2026, 3, 1, tzinfo=UTC),
        data=data,
        cause=cause,
    )
    return Record("alerts", 0, offset, encode(envelope), tuple(to_headers(envelope)))


def test_each_output_counts_once_and_marks_its_input_done() -> None:
    names = [
        ("a", "detections/0/3"),
        ("b", "analyst-actions/0/9"),
        ("a", "detections/0/3"),
        ("c", "detections/0/5"),
    ]
    partition = fold(Count(), [output(n, name, cause) for n, (name, cause) in enumerate(names)])
    assert partition.state == 3
    assert partition.done == {"detections": 5, "analyst-actions": 9}
    done = [partition.is_done(Record("detections", 0, offset, b"", ())) for offset in (3, 4, 5, 6)]
    assert done == [True, True, True, False]
    assert not partition.is_done(Record("elsewhere", 0, 0, b"", ()))


def test_a_late_output_of_a_lost_worker_does_not_undo_anything() -> None:
    partition = fold(Count(), [output(0, "b", "detections/0/5"), output(1, "a", "detections/0/3")])
    assert partition.done == {"detections": 5}


def test_nothing_written_is_the_initial_state() -> None:
    partition = fold(Count(), [])
    assert (partition.state, partition.done) == (0, {})


def test_an_own_output_that_cannot_be_read_is_fatal() -> None:
    with pytest.raises(Fatal, match="own output alerts/0/4 cannot be read"):
        fold(Count(), [Record("alerts", 0, 4, b"{", ())])

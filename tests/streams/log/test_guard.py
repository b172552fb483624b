"""The guard: what becomes of a record that fails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest
import structlog

from schemas.dead_letter import DeadLetter
from schemas.errors import Fatal, Rejected, Retryable
from streams.log.guard import Guard
from streams.log.limit import TooManyRefused
from streams.log.record import Record, parse_origin
from streams.log.writer import LogWriter

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RECORD = Record("detections", 2, 7, b"\xffraw", ())


class Letters:
    """Stands in for the log writer: takes dead letters, fails to flush as often as told."""

    process = "triage"

    def __init__(self, failures: int = 0) -> None:
        self.buried: list[DeadLetter] = []
        self._failures = failures

    def bury(self, letter: DeadLetter) -> None:
        self.buried.append(letter)

    def flush(self) -> None:
        self._failures -= 1
        if self._failures >= 0:
            raise Retryable("no broker")


def guard(letters: Letters, limit: int = 1000) -> Guard:
    writer = cast(LogWriter, letters)
    return Guard(writer, structlog.get_logger(), lambda: NOW, limit=limit, longest_wait_s=0.001)


class Failing:
    """Work that raises each of these in turn and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0

    async def __call__(self) -> None:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)


async def test_what_is_rejected_is_buried_with_its_bytes_and_origin() -> None:
    letters, work = Letters(), Failing(Rejected("bad_data", "data.kind", "is missing"))
    await guard(letters).run(RECORD, work)
    (letter,) = letters.buried
    assert (letter.raw, letter.origin, letter.code, letter.field) == (
        b"\xffraw",
        "detections/2/7",
        "bad_data",
        "data.kind",
    )
    assert work.tries == 1


async def test_an_unexpected_error_is_buried_without_its_words() -> None:
    letters = Letters()
    await guard(letters).run(RECORD, Failing(KeyError("a secret")))
    (letter,) = letters.buried
    assert (letter.code, letter.reason) == ("internal_error", "KeyError in triage; see its log")


async def test_what_may_work_later_is_tried_until_it_does() -> None:
    letters, work = Letters(), Failing(*[Retryable("busy")] * 5)
    await guard(letters).run(RECORD, work)
    assert (work.tries, letters.buried) == (6, [])


async def test_a_dead_letter_that_cannot_be_written_is_tried_again_with_the_same_id() -> None:
    letters = Letters(failures=3)
    await guard(letters).run(RECORD, Failing(Rejected("bad", "", "bad")))
    assert len(letters.buried) == 4
    assert len({letter.id for letter in letters.buried}) == 1


async def test_fatal_goes_through() -> None:
    with pytest.raises(Fatal, match="corrupt"):
        await guard(Letters()).run(RECORD, Failing(Fatal("corrupt")))


async def test_too_many_in_a_row_stop_the_worker_instead_of_draining_the_topic() -> None:
    letters = Letters()
    watched = guard(letters, limit=3)
    for _ in range(3):
        await watched.run(RECORD, Failing(Rejected("bad", "", "bad")))
    await watched.run(RECORD, Failing())
    for _ in range(3):
        await watched.run(RECORD, Failing(Rejected("bad", "", "bad")))
    with pytest.raises(TooManyRefused, match=r"3 records of detections in a row.*list --process triage"):
        await watched.run(RECORD, Failing(Rejected("bad", "", "bad")))
    assert len(letters.buried) == 6


async def test_persisting_buries_nothing() -> None:
    letters = Letters()
    with pytest.raises(ValueError, match="a bug"):
        await guard(letters).persist(Failing(Retryable("busy"), ValueError("a bug")))
    assert letters.buried == []


@pytest.mark.parametrize("text", ["", "a", "a/b/1", "a/1/b", "/1/2", "a/1/-2", "mqtt:v1/x/telemetry"])
def test_only_places_in_the_log_are_origins(text: str) -> None:
    assert parse_origin(text) is None
    assert parse_origin(RECORD.origin) == ("detections", 2, 7)

"""The archive's limit on what it buries in a row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from streams.archive import refused
from streams.archive.batch import Batch, batch_of
from streams.archive.buffer import Record
from streams.log.limit import Limit, TooManyRefused

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def batch(first: int, count: int, *, letters: int = 0) -> Batch:
    """A batch with so many alerts that are none, and so many dead letters, which are always taken."""
    cut = {
        ("alerts", 0): [Record("alerts", 0, first + n, (), b"{", NOW) for n in range(count)],
        ("dead-letters", 0): [Record("dead-letters", 0, n, (), b"x", NOW) for n in range(letters)],
    }
    return batch_of(cut, NOW)


def test_so_many_in_a_row_stop_it_before_more_are_buried() -> None:
    limit = Limit("archive", 10)
    refused.check(limit, batch(0, 6))
    refused.check(limit, batch(6, 4, letters=3))
    with pytest.raises(TooManyRefused, match=r"10 records of alerts in a row.*list --process archive"):
        refused.check(limit, batch(10, 1))


def test_each_topic_is_counted_for_itself_and_one_that_is_taken_starts_anew() -> None:
    limit = Limit("archive", 10)
    for _ in range(5):
        refused.check(limit, batch(0, 9, letters=1))
        limit.took("alerts")
    refused.check(limit, batch(0, 0, letters=50))

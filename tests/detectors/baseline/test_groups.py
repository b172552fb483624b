"""Groups of rows: as a dictionary in Python would make them, with few words and with so many that they are sorted."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.baseline.groups import MOST_ROOM, Group, groups_of

Said = tuple[str | None, str | None, str | None, str | None]
WORD = st.sampled_from([None, "", "a", "b", "pump"])


def batch_of(said: list[Said], unused: int = 0) -> pa.RecordBatch:
    """The text columns of a batch, whose dictionaries have some words that no row says."""
    words = [f"unused-{number}" for number in range(unused)]
    columns = []
    for column in range(len(Group._fields)):
        texts = pa.array([*words, *(row[column] for row in said)], pa.string())
        columns.append(texts.dictionary_encode()[unused:])
    return pa.RecordBatch.from_arrays(columns, names=list(Group._fields))


@given(st.lists(st.tuples(WORD, WORD, WORD, WORD), max_size=60), st.sampled_from([0, 30]))
def test_groups_are_those_of_a_dictionary_in_the_order_of_first_rows(said: list[Said], unused: int) -> None:
    found = groups_of(batch_of(said, unused))
    wanted: dict[Group, int] = {}
    places = [wanted.setdefault(Group(*(text or "" for text in row)), len(wanted)) for row in said]
    # No text and an empty one are two words that mean the same: their groups may be two, and say the same.
    assert [found.groups[place] for place in found.of_row] == [list(wanted)[place] for place in places]
    firsts = [int(np.argmax(found.of_row == place)) for place in range(len(found.groups))]
    assert firsts == sorted(firsts)


def test_thirty_words_a_column_are_more_than_the_table_has_room_for() -> None:
    assert MOST_ROOM < 31**4


@pytest.mark.parametrize("unused", [0, 30])
def test_a_number_of_a_group_is_one_of_its_rows(unused: int) -> None:
    found = groups_of(batch_of([("t", "m", "s", "1"), ("t", "m", "s", "2"), ("t", "m", "s", "1")], unused))
    assert found.spread([10, 20]).tolist() == [10, 20, 10]


def test_an_empty_batch_has_no_groups() -> None:
    found = groups_of(batch_of([]))
    assert found.groups == []
    assert found.spread([]).dtype == np.int64

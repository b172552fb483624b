"""Which values are known: what was learned, and what came back; not what never does."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detectors.traffic import memory as m
from detectors.traffic.acquaintance import MET, met, recognise
from detectors.traffic.behaviour import kind_of
from detectors.traffic.sketch import mixed
from detectors.traffic.survey import teach

DEVICE, VALUE = np.uint64(3), np.uint64(5)


def test_values_that_are_new_are_one_kind_until_they_come_back() -> None:
    memory = m.fresh(0, 1)
    memory.kinds[0] = True
    learned, known = np.ones(1, np.bool_), np.ones(1, np.bool_)
    words = np.array([[5], [6], [7]], np.uint64)
    for _ in range(9):
        teach(memory, DEVICE, words[0], words[0], 1.0)

    def kinds() -> list[np.uint64]:
        found = []
        for word in words:
            recognise(memory, word, learned, known)
            found.append(kind_of(DEVICE, word, memory.kinds, known))
        return found

    first = kinds()
    assert first[0] != first[1] == first[2]
    for _ in range(int(MET)):
        last = kinds()
    assert len(set(last)) == 3
    assert last[0] == first[0]
    assert not learned[0]


@given(st.integers(0, 1 << 62))
def test_a_value_is_known_from_its_third_time_on(word: int) -> None:
    memory = m.fresh(0, 1)
    assert [bool(met(memory, np.uint64(word + 1))) for _ in range(4)] == [False, False, True, True]


def test_many_that_come_once_make_forget_what_came_once_and_not_what_always_comes() -> None:
    memory, once, always = m.fresh(0, 1), np.uint64(mixed(VALUE, VALUE)), np.uint64(mixed(VALUE, DEVICE))
    for _ in range(2):
        met(memory, once)
    for turn in range(100_000):
        met(memory, np.uint64(mixed(np.uint64(turn), np.uint64(99))))
        if turn % 1000 == 0:
            met(memory, always)
    assert met(memory, always)
    assert not met(memory, once)

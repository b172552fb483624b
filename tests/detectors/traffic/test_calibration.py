"""Counts, tables and trees against plain sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.traffic import calibration as c
from detectors.traffic.behaviour import CELLS, WINDOW_S, distinct, walk
from detectors.traffic.sketch import CELLS as WIDE
from detectors.traffic.sketch import LINES, add, keyed, seen


@given(st.lists(st.integers(0, c.SIZES - 1), max_size=200), st.integers(0, c.SIZES - 1))
def test_a_p_value_is_the_share_that_was_as_large(places: list[int], at: int) -> None:
    tree = c.fresh_tree()
    for place in places:
        c.grow(tree, place, 1.0)
    above = sum(place >= at for place in places)
    assert c.at_least(tree, at) == above
    assert c.p_value(tree, at, 1.0) == pytest.approx((above + 1) / (len(places) + 1))


def test_uniform_ranks_give_valid_p_values() -> None:
    random, tree, found = np.random.default_rng(5), c.fresh_tree(), []
    for size in random.exponential(3.0, 4000):
        place = c.sized(size)
        found.append(c.p_value(tree, place, 1.0))
        c.grow(tree, place, 1.0)
    for level in (0.01, 0.05, 0.2, 0.5):
        assert np.mean(np.array(found) <= level) <= level * 1.2


def test_a_table_goes_on_beyond_what_was_learned() -> None:
    histogram, nats = np.zeros(c.BINS), np.zeros(c.BINS)
    c.tabulate(histogram, 1.0, nats)
    assert not nats.any()
    histogram[:10] = 100.0
    c.tabulate(histogram, 1.0, nats)
    assert (np.diff(nats) >= 0).all()
    assert nats[9] == pytest.approx(np.log(1001 / 101))
    assert nats[30] - nats[20] == pytest.approx(10 * c.BIN_NATS)


@given(st.lists(st.integers(0, 1 << 62), max_size=300))
def test_a_sketch_never_counts_too_little(words: list[int]) -> None:
    sketch, counts = np.zeros((LINES, WIDE), np.float32), dict[int, int]()
    for word in words:
        add(sketch, np.uint64(keyed(1, 2, np.uint64(word))), 1.0)
        counts[word] = counts.get(word, 0) + 1
    for word, count in counts.items():
        assert seen(sketch, np.uint64(keyed(1, 2, np.uint64(word)))) >= count


def test_distinct_targets_are_about_those_of_the_last_minute() -> None:
    cells, random = np.zeros(CELLS, np.int32), np.random.default_rng(6)
    words = random.integers(0, 1 << 62, 30).astype(np.uint64)
    for word in words:
        found = distinct(cells, word, 1000, True)
        assert distinct(cells, word, 1000, True) == found
    assert 20 < found < 45
    assert distinct(cells, words[0], 1000 + WINDOW_S, False) == 0.0


def test_failures_walk_up_and_answers_down() -> None:
    walks, times = np.zeros(1 << 13, np.float32), np.zeros(1 << 13, np.int64)
    ups = [walk(walks, times, np.uint64(7), 0, 1) for _ in range(20)]
    assert ups == sorted(ups)
    assert ups[-1] == 8.0
    downs = [walk(walks, times, np.uint64(7), 0, 0) for _ in range(20)]
    assert downs[-1] == 0.0
    assert walk(walks, times, np.uint64(7), 0, -1) == 0.0
